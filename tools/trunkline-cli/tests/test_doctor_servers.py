"""What the doctor makes of Kafka and PostgreSQL: real ones, their settings, and closed ports."""

from collections.abc import Mapping

import pytest

from trunkline_cli.doctor.finding import Finding, Level
from trunkline_cli.doctor.kafka import LINGER, check_cluster, check_kafka
from trunkline_cli.doctor.postgres import check_postgres, check_server
from trunkline_cli.stack.ports import free_port

GOOD = {
    LINGER: "0",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "group.min.session.timeout.ms": "6000",
    "broker.session.timeout.ms": "1500",
}
PASSWORD = "the-password-that-nobody-may-see"


def levels(findings: list[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def test_three_brokers_that_are_set_up_as_we_say_are_fine() -> None:
    assert levels(list(check_cluster(3, GOOD))) == [Level.FINE, Level.FINE]


@pytest.mark.parametrize(
    ("brokers", "changes", "level", "words"),
    [
        (1, {}, Level.WARNING, "1 broker: losing one stops calls"),
        (2, {}, Level.WARNING, "2 brokers: losing one stops calls"),
        (3, {"default.replication.factor": "1"}, Level.WRONG, "1 copies"),
        (3, {"min.insync.replicas": "1"}, Level.WRONG, "1 before they count"),
        (3, {"group.min.session.timeout.ms": "10000"}, Level.WRONG, "sessions of 10000 ms"),
        (3, {LINGER: "5"}, Level.WARNING, f"{LINGER} is 5"),
        (3, {"broker.session.timeout.ms": "9000"}, Level.WARNING, "holds calls up for 9 s"),
    ],
)
def test_a_setting_that_costs_callers_something_is_named(
    brokers: int, changes: Mapping[str, str], level: Level, words: str
) -> None:
    findings = [finding for finding in check_cluster(brokers, {**GOOD, **changes}) if finding.mend]

    assert levels(findings) == [level]
    assert words in findings[0].what


def test_an_older_kafka_is_named() -> None:
    older = {name: value for name, value in GOOD.items() if name != LINGER}

    assert levels(list(check_cluster(3, older))) == [Level.WARNING, Level.FINE]


def test_settings_that_a_broker_keeps_to_itself_are_passed_over() -> None:
    assert levels(list(check_cluster(3, {}))) == [Level.SKIPPED]
    assert levels(list(check_cluster(3, dict.fromkeys(GOOD, "") | {LINGER: ""})))[0] is Level.FINE


async def test_the_local_kafka_answers_and_lets_topics_be_made(kafka_bootstrap: str) -> None:
    findings = await check_kafka(kafka_bootstrap)

    assert Level.WRONG not in levels(findings)
    assert findings[0].what == "it answers, and is Kafka 4 or later"
    assert findings[-1].what == "topics can be made and removed"


async def test_a_kafka_that_is_not_there_is_named() -> None:
    (finding,) = await check_kafka(f"127.0.0.1:{free_port()}")

    assert finding.level is Level.WRONG
    assert "KAFKA_BOOTSTRAP_SERVERS" in finding.mend


async def test_the_local_postgres_is_new_enough_and_has_vectors(postgres_url: str) -> None:
    assert levels(await check_postgres(postgres_url)) == [Level.FINE]


async def test_without_a_database_nothing_is_wrong() -> None:
    assert levels(await check_postgres("")) == [Level.SKIPPED]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:{password}@127.0.0.1:{port}/name",
        "postgresql://user:{password}@127.0.0.1:no-port/name",
        "mysql://user:{password}@127.0.0.1/name",
        "{password}",
    ],
)
async def test_a_postgres_that_cannot_be_reached_is_named_without_its_password(url: str) -> None:
    (finding,) = await check_postgres(url.format(password=PASSWORD, port=free_port()))

    assert finding.level is Level.WRONG
    assert PASSWORD not in repr(finding)


@pytest.mark.parametrize(
    ("version", "has_vectors", "expected"),
    [
        (18, True, [Level.FINE]),
        (17, False, [Level.FINE, Level.WARNING]),
        (16, True, [Level.WRONG]),
    ],
)
def test_version_and_extensions_are_judged(
    version: int, has_vectors: bool, expected: list[Level]
) -> None:
    assert levels(list(check_server(version, has_vectors=has_vectors))) == expected
