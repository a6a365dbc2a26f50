"""What the tests of this folder share: stacks, and the clinic that their workers call."""

import random
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from trunkline_cli.demo.clinic_service import HOST, SECRET, ClinicService, open_clinic
from trunkline_cli.files import write_private
from trunkline_cli.paths import ROOT
from trunkline_cli.testing import RunningStack, StackRunner

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out

BELOW_STACKS = 20_000  # the ports of stacks lie above
TOKEN = "token-of-the-clinic"


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackRunner]:
    """Starts stacks, and stops them when the tests are over."""
    runner = StackRunner(tmp_path_factory.mktemp("stacks"))
    try:
        yield runner
    finally:
        runner.stop_all()


@pytest.fixture(scope="session")
def clinic_port() -> int:
    """Where each test's clinic is, one after the other; no stack takes it in between."""
    ports = list(range(BELOW_STACKS - 1000, BELOW_STACKS))
    random.shuffle(ports)  # other runs of these tests do the same
    for port in ports:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("there is no free port")


@pytest.fixture(scope="session")
def tools(clinic_port: int, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What workers are told so that they can call the clinic."""
    folder = tmp_path_factory.mktemp("secrets")
    write_private(folder / SECRET, TOKEN)
    served = f"{HOST}=http://127.0.0.1:{clinic_port}"
    return {"TOOL_HOSTS": served, "TOOL_SECRETS_DIR": str(folder)}


@pytest.fixture(scope="session")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample agents, and a clinic that differs from the first in one price of its documents."""
    folder = tmp_path_factory.mktemp("all") / "agents"
    shutil.copytree(ROOT / "agents", folder)
    shutil.copytree(folder / "receptionist", folder / "dearer")
    prices = folder / "dearer" / "prices.md"
    prices.write_text(prices.read_text().replace("thirty dollars", "forty-one dollars"))
    text = (folder / "receptionist.yaml").read_text()
    text = text.replace("id: receptionist", "id: dearer").replace("+15005550100", "+15005550101")
    (folder / "dearer.yaml").write_text(text.replace("- receptionist/", "- dearer/"))
    return folder


@pytest.fixture(scope="session")
def stack(stacks: StackRunner, agents: Path, tools: Mapping[str, str]) -> RunningStack:
    """Two gateways behind the front, two workers."""
    return stacks.start("shared", "--gateways", "2", agents=agents, environment=tools)


@pytest.fixture
async def clinic(clinic_port: int) -> AsyncIterator[ClinicService]:
    """A clinic of the test's own, with an empty book."""
    async with open_clinic(TOKEN, clinic_port) as service:
        yield service
