"""What an agent's model may use: tools of the outside world, and actions on the call itself."""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, SchemaError
from pydantic import Field, model_validator

from trunkline.agents.part import Part, Text, ToolName, Url

MAX_TOOLS = 64
MAX_SCHEMA_CHARACTERS = 8000
THIS_MACHINE = ("127.0.0.1", "localhost")

_REFERENCE = re.compile(r'"\$(?:dynamic)?[rR]ef":')  # a fetch or an endless circle in mid-call

_SECRET = re.compile(r"\$\{([A-Za-z0-9_][A-Za-z0-9_.-]*)\}")
_HEADER = re.compile(r"(?:[\t -#%-z|~]|\$(?!\{)|" + _SECRET.pattern + r")*")

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$", examples=["Authorization"])]


class ActionName(StrEnum):
    """Actions on the call itself that a model may be allowed to ask for."""

    END_CALL = "end_call"
    TRANSFER = "transfer"
    SWITCH_LANGUAGE = "switch_language"
    COLLECT_DIGITS = "collect_digits"
    SEND_DIGITS = "send_digits"
    PLAY_SOUND = "play_sound"
    OPT_OUT = "opt_out"


class Http(Part):
    """A tool that is an HTTP request. What the URL does not use of the arguments is sent as the
    query (GET, DELETE) or as a JSON body."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        "GET", description="Method of the request."
    )
    url: Url = Field(
        description="May hold {arguments} in its path and query. The worker's TOOL_HOSTS must "
        "name its host."
    )
    headers: dict[HeaderName, str] = Field(
        {}, description="May hold ${secrets}, by their names in the worker's TOOL_SECRETS_DIR."
    )

    @property
    def host(self) -> str:
        """Host, and port if it is written, as TOOL_HOSTS names it."""
        return urlsplit(self.url).netloc.lower()

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        url = urlsplit(self.url)
        return url.scheme == "https" or url.hostname in THIS_MACHINE

    @property
    def placeholders(self) -> frozenset[str]:
        """Arguments that the URL holds."""
        return frozenset(name for name, _ in _placeholders(self.url))

    @property
    def secrets(self) -> frozenset[str]:
        """Names of the secrets that the headers hold."""
        return frozenset(name for value in self.headers.values() for name in _SECRET.findall(value))

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if "{{" in self.url:
            raise ValueError("url: {{variables}} are not filled in here: write {argument}")
        try:
            address, found = urlsplit(self.url), list(_placeholders(self.url))
            written_out = address.hostname and address.port != 0
        except ValueError:
            raise ValueError("url: a brace is not closed, or the port is no number") from None
        if not written_out or "{" in self.host or "@" in self.host:
            raise ValueError("url: the host must be written out, without arguments or passwords")
        if any(not name.isidentifier() or more for name, more in found):
            raise ValueError("url: write arguments as {name}, with the name alone")
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(value):
                raise ValueError(f"headers.{name}: write plain text and secrets as ${{name}}")
        return self


def _placeholders(url: str) -> Iterator[tuple[str, bool]]:
    """Yield the name in each pair of braces, and whether there is more than a name in them."""
    for _, name, form, conversion in Formatter().parse(url):
        if name is not None:
            yield name, bool(form or conversion)


class Tool(Part):
    """A tool of the outside world. Its effect happens at most once, unless it is idempotent."""

    name: ToolName = Field(description="What the model calls it.")
    description: Text = Field(description="What it is for; the model reads this.")
    parameters: dict[str, Any] = Field(
        {"type": "object", "properties": {}},
        description="JSON Schema (draft 2020-12) of its arguments, an object.",
    )
    http: Http | None = Field(None, description="The tool is an HTTP request.")
    python: Annotated[
        str, Field(pattern=r"^([A-Za-z][A-Za-z0-9_.-]{0,62})?$", examples=["find_slot"])
    ] = Field("", description="The tool is a Python function, by its name in trunkline.tools.")
    timeout_seconds: Annotated[float, Field(gt=0, le=20)] = Field(
        8.0, description="After that the model is told that there was no answer."
    )
    idempotent: bool = Field(
        False,
        description="Whether using it twice does no more than using it once, as looking "
        "something up; then it is asked again when an answer was lost.",
    )
    filler: str = Field(
        "", description="Said while it takes its time, if the agent has not said anything."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.http is None) == (not self.python):
            raise ValueError("give either http or python")
        if self.name in set(ActionName):
            raise ValueError(f"name: {self.name} is an action on the call: choose another")
        self._check_schema()
        unknown = (self.http.placeholders if self.http else frozenset()) - self.arguments
        if unknown:
            raise ValueError(f"http.url: {min(unknown)} is no property of parameters")
        return self

    @property
    def arguments(self) -> frozenset[str]:
        """The names of its arguments."""
        return frozenset(self.parameters.get("properties", {}))

    @property
    def required(self) -> frozenset[str]:
        """The names of the arguments that it cannot do without."""
        return frozenset(self.parameters.get("required", ()))

    def _check_schema(self) -> None:
        if self.parameters.get("type") != "object":
            raise ValueError("parameters: its type must be object")
        written = json.dumps(self.parameters)
        if len(written) > MAX_SCHEMA_CHARACTERS:
            raise ValueError(f"parameters: more than {MAX_SCHEMA_CHARACTERS} characters")
        try:
            Draft202012Validator.check_schema(self.parameters)
        except SchemaError as error:
            raise ValueError(f"parameters: not a JSON Schema: {error.message[:200]}") from None
        if _REFERENCE.search(written):
            raise ValueError("parameters: $ref is not read: write the schema out")
