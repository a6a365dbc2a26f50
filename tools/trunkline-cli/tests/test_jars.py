"""Kafka's jars are what the lock file names, or they are not run."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.jars import Fetch, Jar, kafka_jars, locked_jars


class Shelf:
    """Brings jars from this machine's cache, and counts them."""

    def __init__(self) -> None:
        cache = CliSettings().trunkline_cache_dir
        kafka_jars(cache)
        self._repository = cache / "maven"
        self.brought: list[str] = []

    def bring(self, repository: Path, jar: Jar) -> None:
        self.brought.append(jar.artifact)
        (repository / jar.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._repository / jar.path, repository / jar.path)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def filled(shelf: Shelf, tmp_path: Path) -> Path:
    """A cache with all jars in it."""
    kafka_jars(tmp_path, fetch=shelf.bring)
    shelf.brought.clear()
    return tmp_path


def test_what_is_there_is_not_fetched_again(shelf: Shelf, filled: Path) -> None:
    assert len(kafka_jars(filled, fetch=shelf.bring)) == len(locked_jars())
    assert shelf.brought == []


def test_a_jar_that_was_changed_or_cut_off_is_fetched_again(shelf: Shelf, filled: Path) -> None:
    jar = next(jar for jar in locked_jars() if jar.artifact == "kafka-clients")
    path = filled / "maven" / jar.path
    path.write_bytes(path.read_bytes()[:-1])

    kafka_jars(filled, fetch=shelf.bring)

    assert shelf.brought == ["kafka-clients"]


def test_a_jar_that_is_not_the_named_one_is_refused_and_removed(filled: Path) -> None:
    path = kafka_jars(filled)[0]
    path.unlink()

    def bring_another(repository: Path, jar: Jar) -> None:
        (repository / jar.path).write_bytes(b"not the jar")

    with pytest.raises(StackError, match=r"is not the file that kafka-jars\.lock names"):
        kafka_jars(filled, fetch=bring_another)
    assert not path.exists()


def test_two_that_come_at_once_fetch_everything_once(shelf: Shelf, tmp_path: Path) -> None:
    shelf.brought.clear()
    together = Barrier(2)

    def resolve(fetch: Fetch) -> list[Path]:
        together.wait(5)
        return kafka_jars(tmp_path, fetch=fetch)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(resolve, [shelf.bring, shelf.bring])

    assert first == second
    assert sorted(shelf.brought) == sorted(jar.artifact for jar in locked_jars())


def test_the_progress_goes_from_what_is_there_to_all(shelf: Shelf, filled: Path) -> None:
    for path in kafka_jars(filled)[:2]:
        path.unlink()
    told: list[tuple[int, int]] = []

    kafka_jars(filled, progress=lambda done, total: told.append((done, total)), fetch=shelf.bring)

    total = len(locked_jars())
    assert told == [(total - 2, total), (total - 1, total), (total, total)]
