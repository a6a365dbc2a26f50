"""The query API, as the command line asks it: what goes wrong comes back as a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from trunkline.settings import load_settings
from trunkline_cli.keyed import open_keyed
from trunkline_cli.settings import IngestClientSettings

ANSWER_SECONDS = 30.0


class CallsError(Exception):
    """The question was not answered: a sentence that says why."""


class CallsClient:
    """Asks on behalf of one key."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, **query: str | int | None) -> Any:
        """What is there."""
        asked = {name: value for name, value in query.items() if value is not None}
        try:
            answer = self._http.get(path, params=asked)
        except httpx.ConnectError:
            raise CallsError("No API answers there: is INGEST_URL right, and it up?") from None
        except httpx.HTTPError as error:
            raise CallsError(f"The connection broke: {type(error).__name__}.") from None
        if answer.is_error:
            raise CallsError(_refused(answer))
        return answer.json()


@contextmanager
def open_calls() -> Iterator[CallsClient]:
    """A client by the settings; a missing key ends the program with a sentence."""
    settings = load_settings(IngestClientSettings)
    with calls_of(settings.ingest_url, settings.ingest_api_key.get_secret_value()) as client:
        yield client


@contextmanager
def calls_of(url: str, key: str) -> Iterator[CallsClient]:
    """A client that asks there, with this key."""
    with open_keyed(url, key, ANSWER_SECONDS) as http:
        yield CallsClient(http)


def _refused(answer: httpx.Response) -> str:
    """What a problem document says (RFC 9457); anything else is not from this API."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return f"HTTP {answer.status_code}, and not from this API: see INGEST_URL."
    problem = answer.json()
    wrong = "".join(f" {each['pointer']}: {each['detail']}" for each in problem.get("errors", []))
    return f"{problem['title']}. {problem.get('detail', '')}{wrong}".strip()
