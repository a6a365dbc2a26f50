"""The secrets that tools send, one file each, as Kubernetes mounts them."""

from pathlib import Path

MAX_BYTES = 8192


class Vault:
    """A folder of secrets: a file's name is the secret's, its content the value.

    Each use reads it again, so that a secret that is replaced needs no restart; a mounted one lies
    in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, name: str) -> str | None:
        """The value, or none if there is no such secret or a header could not hold it."""
        if self._folder is None:
            return None
        try:
            with (self._folder / name).open("rb") as file:
                value = file.read(MAX_BYTES).decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return value if value and value.isprintable() else None
