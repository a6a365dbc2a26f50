"""A list as a request brings it: as the body itself, or as the one file of a form."""

import uuid
from collections.abc import AsyncIterator
from email.message import Message

from fastapi import Request

from dialer.importer.multipart import MalformedForm, OneFileForm
from dialer.importer.options import Format
from dialer.importer.upload import Upload, Uploads
from trunkline.api.problem import Problem, UnsupportedMediaType

_KINDS = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
}
_NDJSON_NAMES = (".ndjson", ".jsonl")


class NoForm(Problem):
    """The body is not a form with one file."""

    code = "malformed_form"
    title = "The body is not a form with one file"


class Incoming:
    """One request's list. What is known of it besides is known once it was taken in."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._type = Message()
        self._type["content-type"] = request.headers.get("content-type", "")
        self._form = _form(self._type)
        if self._form is None and self._type.get_content_type() not in _KINDS:
            raise UnsupportedMediaType("Send text/csv, application/x-ndjson or a form.")
        if request.headers.get("content-encoding", "identity") != "identity":
            raise UnsupportedMediaType("Compressed bodies are not taken.")

    @property
    def kind(self) -> Format:
        """CSV or lines of JSON, by the type or the file's name."""
        if self._form is None:
            return _KINDS[self._type.get_content_type()]
        if self._form.file_name.lower().endswith(_NDJSON_NAMES):
            return Format.NDJSON
        return _KINDS.get(self._form.file_type, Format.CSV)

    def field(self, name: str) -> str | None:
        """A field that the form had besides its file."""
        return self._form.fields.get(name) if self._form else None

    async def into(self, uploads: Uploads, tenant_id: str, campaign_id: uuid.UUID) -> Upload:
        """Keep the list."""
        try:
            return await uploads.receive(tenant_id, campaign_id, self._bytes())
        except MalformedForm:
            raise NoForm from None

    async def _bytes(self) -> AsyncIterator[bytes]:
        async for chunk in self._request.stream():
            yield chunk if self._form is None else self._form.feed(chunk)
        if self._form is not None:
            self._form.finish()


def _form(content_type: Message) -> OneFileForm | None:
    if content_type.get_content_type() != "multipart/form-data":
        return None
    try:
        return OneFileForm(content_type.get_boundary() or "")
    except MalformedForm:
        raise NoForm from None
