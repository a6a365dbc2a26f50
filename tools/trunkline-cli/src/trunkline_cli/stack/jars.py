"""The jars of Apache Kafka: downloaded once per machine, and checked against committed hashes.

`python -m trunkline_cli.stack.jars` resolves the coordinates again and rewrites the lock file.
"""

import fcntl
import hashlib
import re
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline_cli.stack.errors import StackError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("kafka-jars.lock")
ENDPOINT = "org.apache.kafka:kafka_2.13:4.1.1+org.slf4j:slf4j-simple:1.7.36"
"""Kafka, and a logging binding: without one the broker would die in silence."""

_DOWNLOADS_AT_ONCE = 8

Progress = Callable[[int, int], None]
"""Called with (jars present, jars in all)."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where it lies inside a Maven repository."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


Fetch = Callable[[Path, Jar], None]
"""Called with (the local repository, the jar to put into it)."""


def locked_jars() -> list[Jar]:
    """Read the lock file."""
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    return [Jar(*re.split(r"[: ]", line)) for line in lines]


def kafka_jars(
    cache: Path,
    progress: Progress = lambda done, total: None,
    fetch: Fetch | None = None,
) -> list[Path]:
    """Return the class path, downloading what is missing into `cache`. Raises `StackError`.

    Every jar's hash is compared each time (43 MiB: 0.03 s), so that neither a download that was
    cut off nor a changed file is ever run. Processes that come at once wait for each other.
    """
    repository, jars = cache / "maven", locked_jars()
    if not all(_intact(repository, jar) for jar in jars):
        repository.mkdir(parents=True, exist_ok=True)
        with _locked(cache / "maven.lock"):
            _fetch_missing(repository, jars, progress, fetch or fetch_from_maven)
    return [repository / jar.path for jar in jars]


def _intact(repository: Path, jar: Jar) -> bool:
    path = repository / jar.path
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_missing(repository: Path, jars: list[Jar], progress: Progress, fetch: Fetch) -> None:
    missing = [jar for jar in jars if not _intact(repository, jar)]
    done = len(jars) - len(missing)
    progress(done, len(jars))
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        fetched = [pool.submit(_fetch_intact, repository, jar, fetch) for jar in missing]
        for finished in as_completed(fetched):
            finished.result()
            done += 1
            progress(done, len(jars))


def _fetch_intact(repository: Path, jar: Jar, fetch: Fetch) -> None:
    path = repository / jar.path
    path.unlink(missing_ok=True)  # what lies there is not intact, and would be taken for the jar
    fetch(repository, jar)
    if not _intact(repository, jar):
        path.unlink()
        raise StackError(f"{path.name} was downloaded, but is not the file that {LOCK.name} names.")


def fetch_from_maven(repository: Path, jar: Jar) -> None:
    """Download one jar. Raises `StackError`."""
    component = _maven(repository).project(jar.group, jar.artifact).at_version(jar.version)
    try:
        component.artifact().resolve()
    except (OSError, RuntimeError) as error:  # jgo raises requests' errors (OSError) and its own
        raise StackError(
            f"{jar.path.name} could not be downloaded from Maven Central, and Kafka needs it "
            f"({error}). Mend the network, or set KAFKA_BOOTSTRAP_SERVERS to a cluster of yours."
        ) from error


def _maven(repository: Path) -> "MavenContext":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        from jgo.maven import MavenContext  # 0.2 s, needed once per machine
    return MavenContext(repo_cache=repository, timeout=60)


def _lock_again() -> None:
    """Resolve the endpoint, dependencies included, and write their hashes."""
    import jgo

    lines = []
    for artifact in jgo.resolve(ENDPOINT):
        digest = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {digest}\n")
    heading = [line for line in LOCK.read_text().splitlines(keepends=True) if line[0] == "#"]
    LOCK.write_text("".join(heading + sorted(lines)))


if __name__ == "__main__":
    _lock_again()
