"""The dialer's API, as the command line asks it: what goes wrong comes back as a sentence."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from trunkline.settings import load_settings
from trunkline_cli.keyed import open_keyed
from trunkline_cli.settings import DialerClientSettings

ANSWER_SECONDS = 60.0
CHUNK_BYTES = 256 * 1024

Json = Any  # an answer, as this is an edge


class DialerError(Exception):
    """The dialer did not do it: a sentence, and what is wrong with which field."""

    def __init__(self, sentence: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = fields


class DialerClient:
    """Asks the dialer on behalf of one key."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, **query: str | int | None) -> Json:
        """What is there."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._answer("GET", path, params=asked)

    def post(self, path: str, body: Json = None) -> Json:
        """Make something, or give a command."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return self._answer("POST", path, json=body, headers=headers)

    def pages(self, path: str, **query: str | int | None) -> Iterator[Json]:
        """Everything of a list."""
        cursor: str | None = None
        while True:
            page = self.get(path, cursor=cursor, limit=500, **query)
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def upload(
        self,
        path: str,
        file: BinaryIO,
        kind: str,
        options: Mapping[str, Json],
        sent: Callable[[int], None],
    ) -> Json:
        """Send a file while it is read; `sent` hears of its bytes."""

        def chunks() -> Iterator[bytes]:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
                sent(len(chunk))

        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": kind}
        query = {"options": json.dumps(dict(options))}
        return self._answer("POST", path, params=query, content=chunks(), headers=headers)

    def save(self, path: str, target: Path) -> None:
        """Keep an answer as a file."""
        with _in_sentences(), self._http.stream("GET", path) as answer:
            if answer.is_error:
                answer.read()
                raise _refused(answer)
            with target.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)

    def _answer(self, method: str, path: str, **request: Any) -> Json:
        with _in_sentences():
            answer = self._http.request(method, path, **request)
        if answer.is_error:
            raise _refused(answer)
        return answer.json() if answer.content else None


@contextmanager
def open_client() -> Iterator[DialerClient]:
    """A client by the settings; a missing key ends the program with a sentence."""
    settings = load_settings(DialerClientSettings)
    with client_of(settings.dialer_url, settings.dialer_api_key.get_secret_value()) as client:
        yield client


@contextmanager
def client_of(url: str, key: str) -> Iterator[DialerClient]:
    """A client that asks there, with this key."""
    with open_keyed(url, key, ANSWER_SECONDS) as http:
        yield DialerClient(http)


@contextmanager
def _in_sentences() -> Iterator[None]:
    try:
        yield
    except httpx.ConnectError:
        raise DialerError("The dialer cannot be reached: is DIALER_URL right, and it up?") from None
    except httpx.TimeoutException:
        raise DialerError("The dialer did not answer in time.") from None
    except httpx.HTTPError as error:
        raise DialerError(f"The connection broke: {type(error).__name__}.") from None


def _refused(answer: httpx.Response) -> DialerError:
    """What a problem document says (RFC 9457); anything else is not the dialer's."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return DialerError(f"HTTP {answer.status_code}, and not from the dialer: see DIALER_URL.")
    problem = answer.json()
    detail = f" {problem['detail']}" if problem.get("detail") else ""
    fields = tuple(
        f"{error['pointer'].removeprefix('#/') or 'body'}: {error['detail']}"
        for error in problem.get("errors", [])
    )
    return DialerError(f"{problem['title']}.{detail}", fields)
