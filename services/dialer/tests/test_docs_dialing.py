"""docs/dialing.md does what it says: its examples are run, its tables are the code's."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from house import SENDER, Client, House
from rows import ACCOUNT

from dialer.gates import Gate
from dialer.outcomes import Disposition
from dialer.settings import DialerSettings

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/dialing.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
EXAMPLES = [line for block in BLOCKS for line in block.splitlines()]
FILES = {
    "people.csv": b"number,name\n(202) 555-0150,Bea\nnonsense,Cy\n",
    "register.csv": b"number\n+12025550151\n",
}


def parsed(line: str, known: dict[str, str]) -> tuple[str, str, dict[str, Any], int, str]:
    """Method, URL, the rest of the request, the status and the name of what is made."""
    command, _, expected = line.rpartition("  # ")
    for name, value in known.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command)
    kind = words.pop(0).partition("=")[2] if words[0].startswith("TYPE=") else "application/json"
    assert words.pop(0) == "api"
    method, url, headers, content = "", "", {"Content-Type": kind}, None
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                header, _, value = words.pop(0).partition(": ")
                headers[header] = value
            case "-d":
                content = words.pop(0).encode()
            case "--data-binary":
                content = FILES[words.pop(0).removeprefix("@")]
            case word:
                url = word
    status, _, made = expected.partition(" ")
    method = method or ("GET" if content is None else "POST")
    return method, url, {"headers": headers, "content": content}, int(status), made


async def test_every_example_is_answered_as_it_says(house: House) -> None:
    client: Client = await house.client()
    known = {"DIALER_URL": "http://dialer", "ACCOUNT": ACCOUNT}
    assert len(EXAMPLES) > 25
    for n, line in enumerate(EXAMPLES):
        method, url, request, status, made = parsed(line, known)
        request["headers"] |= {"Authorization": f"Bearer {client.key}", "Idempotency-Key": str(n)}

        answer = await house.http.request(method, url, **request)

        assert answer.status_code == status, (line, answer.text)
        if made:
            known[made] = answer.json()["id"]
        if made == "IMPORT":
            await house.jobs.work_once()


def test_the_number_of_the_examples_is_the_one_of_the_house() -> None:
    assert SENDER in DOCUMENT.read_text()


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_is_explained(gate: Gate) -> None:
    assert f"| `{gate}` |" in DOCUMENT.read_text()


@pytest.mark.parametrize("disposition", Disposition)
def test_every_disposition_is_named(disposition: Disposition) -> None:
    assert f"`{disposition}`" in DOCUMENT.read_text()


def test_every_setting_that_is_named_exists() -> None:
    section = DOCUMENT.read_text().partition("## 2. Settings")[2].partition("## 3.")[0]
    named = re.findall(r"`([A-Z][A-Z_]+)`", section)

    assert {name.lower() for name in named} <= set(DialerSettings.model_fields)
