"""The cluster: does it answer, how is it set up, may we make topics?"""

import asyncio
from collections.abc import Iterator, Mapping
from uuid import uuid4

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from trunkline.bus import NewTopic
from trunkline.bus.kafka_admin import KafkaAdmin
from trunkline.bus.kafka_clients import admin_client
from trunkline.errors import Invalid, Transient
from trunkline.events.topics import CALL_PREFIX
from trunkline_cli.doctor.finding import Finding, fine, skipped, warning, wrong

AREA = "kafka"
DEADLINE_SECONDS = 10.0
SESSION_TIMEOUT_MS = 6000  # what our group members ask for
BROKER_SESSION_MS = 1500  # so long a lost broker holds every write up; Kafka's default is 9000
LINGER = "group.coordinator.append.linger.ms"  # came with Kafka 4


async def check_kafka(bootstrap: str) -> list[Finding]:
    """Everything that can be asked of the cluster."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            brokers, settings = await _describe(bootstrap)
        rights = await _try_topic(bootstrap)
    except (KafkaError, Transient, OSError, TimeoutError) as error:
        mend = "Is KAFKA_BOOTSTRAP_SERVERS right, and does the cluster run?"
        return [wrong(AREA, f"no answer from {bootstrap}: {type(error).__name__}", mend)]
    return [*check_cluster(brokers, settings), rights]


async def _describe(bootstrap: str) -> tuple[int, Mapping[str, str]]:
    client = admin_client(bootstrap, "trunkline-doctor")
    try:
        await client.start()
        brokers = [broker.nodeId for broker in client._client.cluster.brokers()]
        asked = ConfigResource(ConfigResourceType.BROKER, str(brokers[0]))
        answers = await client.describe_configs([asked])
    finally:
        await client.close()
    entries = [entry for answer in answers for one in answer.resources for entry in one[4]]
    return len(brokers), {entry[0]: entry[1] or "" for entry in entries}


async def _try_topic(bootstrap: str) -> Finding:
    """Calls have topics of their own: make one, and remove it."""
    name = f"{CALL_PREFIX}doctor-{uuid4().hex}"
    async with KafkaAdmin.open(bootstrap, "trunkline-doctor") as admin:
        try:
            await admin.create([NewTopic(name, 1, {})])
            await admin.delete([name])
        except (Invalid, Transient) as error:
            mend = f"Give our user the rights to create and delete topics `{CALL_PREFIX}*`."
            return wrong(AREA, f"no topic can be made: {error}", mend)
    return fine(AREA, "topics can be made and removed")


def check_cluster(brokers: int, settings: Mapping[str, str]) -> Iterator[Finding]:
    """The brokers' settings; pure. What a broker does not tell is passed over."""
    if not settings:
        yield skipped(AREA, "it answers, and does not tell us its settings")
        return
    yield from _check_version(settings)
    yield from _check_copies(brokers, settings)
    yield from _check_times(brokers, settings)


def _check_times(brokers: int, settings: Mapping[str, str]) -> Iterator[Finding]:
    shortest = _number(settings, "group.min.session.timeout.ms", 0)
    if shortest > SESSION_TIMEOUT_MS:
        mend = f"Set group.min.session.timeout.ms to {SESSION_TIMEOUT_MS} or less."
        yield wrong(AREA, f"groups need sessions of {shortest} ms; workers ask for less", mend)
    if _number(settings, LINGER, 0) > 0:
        mend = f"Set {LINGER}=0: every commit of a prompt waits for it."
        yield warning(AREA, f"{LINGER} is {settings[LINGER]}", mend)
    lost = _number(settings, "broker.session.timeout.ms", BROKER_SESSION_MS)
    if brokers > 1 and lost > BROKER_SESSION_MS:
        mend = (
            f"Set broker.session.timeout.ms={BROKER_SESSION_MS} (and a third of it as heartbeat)."
        )
        yield warning(AREA, f"a lost broker holds calls up for {lost / 1000:g} s", mend)


def _check_version(settings: Mapping[str, str]) -> Iterator[Finding]:
    if LINGER in settings:
        yield fine(AREA, "it answers, and is Kafka 4 or later")
    else:
        yield warning(AREA, "it answers, and is older than Kafka 4", "Tests run on Kafka 4.1.")


def _check_copies(brokers: int, settings: Mapping[str, str]) -> Iterator[Finding]:
    copies = _number(settings, "default.replication.factor", 1)
    in_sync = _number(settings, "min.insync.replicas", 1)
    if brokers < 3:
        mend = "Run three brokers in production; one is enough to try things."
        yield warning(AREA, f"{brokers} broker{'s' * (brokers > 1)}: losing one stops calls", mend)
    elif copies < 3 or in_sync < 2:
        mend = "Set default.replication.factor=3 and min.insync.replicas=2."
        yield wrong(AREA, f"records have {copies} copies, {in_sync} before they count", mend)
    else:
        yield fine(AREA, f"{brokers} brokers, {copies} copies of each record")


def _number(settings: Mapping[str, str], name: str, default: int) -> int:
    """A setting as a number; brokers keep some to themselves."""
    value = settings.get(name, "")
    return int(value) if value.isdecimal() else default
