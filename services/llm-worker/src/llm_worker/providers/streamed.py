"""What the models behind an SDK have in common: ask, read the stream, say what has failed.

The SDK signs in, knows the address, sends and raises. Its typed methods are passed by: with their
types for the question and the stream a turn costs up to twice as much (bench/README.md).
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypedDict

from llm_worker.model import Delta, Fault, ModelFailed, Question
from llm_worker.providers import faults

if TYPE_CHECKING:  # whoever uses one family need not load the SDKs of the others
    import anthropic
    import groq
    import openai

    StatusErrors = (
        type[anthropic.APIStatusError] | type[groq.APIStatusError] | type[openai.APIStatusError]
    )

# The turn has its own deadlines, much shorter than the SDKs' minutes; these only bound what those
# cannot see: a connection that is never made, a stream that stalls after its first word.
CONNECT_SECONDS = 3.0
READ_SECONDS = 20.0


class Limits(TypedDict):
    """How many connections one client holds, as `httpx` and `httpx2` both call it."""

    max_connections: int
    max_keepalive_connections: int
    keepalive_expiry: float


# A worker's turns all at once. Connections are kept between two turns of a conversation: to make
# one costs two or three round trips before the first word.
LIMITS = Limits(max_connections=1000, max_keepalive_connections=200, keepalive_expiry=30.0)

# What `post` is told to do; as a plain bool, because for a literal the SDKs' types promise that
# it returns their own stream.
STREAM: bool = True


class Body(Protocol):
    """A response of which only the head has come."""

    def aiter_bytes(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class Reply(Protocol):
    """A stream while it is read; pure."""

    def feed(self, data: bytes) -> Iterator[Delta]: ...

    def end(self) -> Iterator[Delta]: ...


@dataclass(frozen=True, slots=True)
class SdkErrors:
    """The same three errors under each SDK's own names."""

    answered: "StatusErrors"
    unreachable: type[Exception]
    broken: type[Exception]
    """Of the HTTP client: a socket that was cut within the stream."""


class StreamedModel(ABC):
    """A model that answers with a stream of events."""

    def __init__(self, errors: SdkErrors) -> None:
        self._errors = errors

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        reply = self._reading(question)
        with self._as_failures():
            response = await self._post(question)
            try:
                async for data in response.aiter_bytes():
                    for delta in reply.feed(data):
                        yield delta
            finally:
                await response.aclose()
        for delta in reply.end():
            yield delta

    @abstractmethod
    async def _post(self, question: Question) -> Body:
        """Send the question; the answer's head has come and is a success."""

    @abstractmethod
    def _reading(self, question: Question) -> Reply:
        """What turns the answer's bytes into deltas."""

    @contextmanager
    def _as_failures(self) -> Iterator[None]:
        try:
            yield
        except self._errors.answered as error:
            raise faults.answered(error.status_code, error.body, error.response.headers) from error
        except self._errors.unreachable as error:
            raise ModelFailed(Fault.UNAVAILABLE) from error
        except self._errors.broken as error:
            raise ModelFailed(Fault.CUT) from error
