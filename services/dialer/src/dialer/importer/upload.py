"""Takes a list in, whatever its size, and keeps it encrypted until an importer is through it."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

from cryptography.fernet import MultiFernet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.ids import new_id
from dialer.importer.options import Format, ImportOptions
from trunkline.api.problem import UnsupportedMediaType
from trunkline.database.transaction import transaction

PART_BYTES = 512 * 1024

# Beginnings of what unpacks to more than it is, or is no text: zip and Excel, gzip, bzip2, xz, 7z,
# zstd, old Excel, PDF.
_NOT_TEXT = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf"),
    *(b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"%PDF"),
)


class CompressedList(UnsupportedMediaType):
    """Compressed and Excel files are not taken: save the list as CSV."""

    code = "compressed_list"
    title = "Compressed and Excel files are not taken: send the list as CSV"


@dataclass(frozen=True, slots=True)
class Upload:
    """A list that is kept in full, but that nobody works on yet."""

    id: uuid.UUID
    sha256: bytes
    bytes: int


class Uploads:
    """Where lists are kept."""

    def __init__(self, engine: AsyncEngine, fernet: MultiFernet) -> None:
        self._engine = engine
        self._fernet = fernet

    async def receive(
        self, tenant_id: str, campaign_id: uuid.UUID, body: AsyncIterator[bytes]
    ) -> Upload:
        """Keep all of it, part by part; what breaks off is forgotten."""
        upload_id, complete = new_id(), False
        async with transaction(self._engine) as connection:
            await _begin(connection, upload_id, tenant_id, campaign_id)
        try:
            upload = await self._receive(upload_id, tenant_id, body)
            complete = True
        finally:
            if not complete:
                await self.forget(upload_id)
        return upload

    async def _receive(
        self, upload_id: uuid.UUID, tenant_id: str, body: AsyncIterator[bytes]
    ) -> Upload:
        digest, size, part_no = hashlib.sha256(), 0, 0
        async for part in in_parts(body):
            if part_no == 0:
                check_text(part)
            digest.update(part)
            size += len(part)
            async with transaction(self._engine) as connection:
                await _keep(connection, upload_id, part_no, tenant_id, self._fernet.encrypt(part))
            part_no += 1
        return Upload(upload_id, digest.digest(), size)

    async def forget(self, upload_id: uuid.UUID) -> None:
        """Drop a list that nobody will work on."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("DELETE FROM dialer.import_job WHERE id = :id AND state = 'uploading'"),
                {"id": upload_id},
            )


def check_text(part: bytes) -> None:
    """Raise for a file that begins as no text does."""
    if part.startswith(_NOT_TEXT):
        raise CompressedList


async def in_parts(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in parts of equal size."""
    waiting = bytearray()
    async for chunk in body:
        waiting += chunk
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)


async def submit(
    connection: AsyncConnection, upload: Upload, kind: Format, options: ImportOptions
) -> bool:
    """Let an importer work on it; false if it was forgotten meanwhile."""
    done = await connection.execute(
        text(
            "UPDATE dialer.import_job SET state = 'pending', format = :format, sha256 = :sha256,"
            " options = CAST(:options AS jsonb), bytes = :bytes, updated_at = clock_timestamp()"
            " WHERE id = :id AND state = 'uploading'"
        ),
        {
            "id": upload.id,
            "format": kind.value,
            "sha256": upload.sha256,
            "bytes": upload.bytes,
            "options": options.model_dump_json(),
        },
    )
    return bool(done.rowcount)


async def _begin(
    connection: AsyncConnection, upload_id: uuid.UUID, tenant_id: str, campaign_id: uuid.UUID
) -> None:
    await connection.execute(
        text(
            "INSERT INTO dialer.import_job (id, tenant_id, campaign_id, state, format)"
            " VALUES (:id, :tenant_id, :campaign_id, 'uploading', 'csv')"
        ),
        {"id": upload_id, "tenant_id": tenant_id, "campaign_id": campaign_id},
    )


async def _keep(
    connection: AsyncConnection,
    upload_id: uuid.UUID,
    part_no: int,
    tenant_id: str,
    content: bytes,
) -> None:
    await connection.execute(
        text(
            "WITH kept AS (UPDATE dialer.import_job SET updated_at = clock_timestamp()"
            " WHERE id = :id)"
            " INSERT INTO dialer.import_part (import_id, part_no, tenant_id, content_enc)"
            " VALUES (:id, :part_no, :tenant_id, :content)"
        ),
        {"id": upload_id, "part_no": part_no, "tenant_id": tenant_id, "content": content},
    )
