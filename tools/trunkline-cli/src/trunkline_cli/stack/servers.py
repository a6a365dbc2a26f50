"""The stack's Kafka and PostgreSQL: local ones, or those that the settings name."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.jars import kafka_jars
from trunkline_cli.stack.kafka import KafkaServer
from trunkline_cli.stack.narrator import Narrator
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.postgres import PostgresServer
from trunkline_cli.stack.server import LocalServer
from trunkline_cli.stack.together import together


class Servers:
    """Where Kafka and PostgreSQL are. `kafka` and `postgres` are None when they are not ours."""

    def __init__(
        self, options: StackOptions, settings: CliSettings, folder: Path, narrator: Narrator
    ) -> None:
        self.kafka: KafkaServer | None = None
        self.postgres: PostgresServer | None = None
        self._options = options
        self._settings = settings
        self._folder = folder
        self._narrator = narrator

    @property
    def local(self) -> list[LocalServer]:
        """Those that are ours."""
        return [server for server in (self.kafka, self.postgres) if server is not None]

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return self.kafka.bootstrap if self.kafka else self._settings.kafka_bootstrap_servers

    @property
    def url(self) -> str:
        """PostgreSQL's address, password included."""
        return (
            self.postgres.url if self.postgres else self._settings.database_url.get_secret_value()
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """How services are told."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap, "DATABASE_URL": self.url}

    async def start(self) -> None:
        """Start what is not given, side by side, and return when both serve."""
        await together([self._start_kafka(), self._start_postgres()])

    async def stop(self) -> None:
        """Stop what was started."""
        await together(server.stop() for server in self.local)

    async def _start_kafka(self) -> None:
        if self._settings.kafka_bootstrap_servers:
            return
        jars = await self._jars()
        self._narrator.say("Starting Apache Kafka ...")
        self.kafka = KafkaServer(self._folder / "kafka", jars, self._options.kafka_port)
        await self.kafka.start()

    async def _jars(self) -> list[Path]:
        cache, progress = self._settings.trunkline_cache_dir, self._narrator.downloading
        try:
            return await asyncio.to_thread(kafka_jars, cache, progress)
        finally:
            self._narrator.downloaded()

    async def _start_postgres(self) -> None:
        if self._settings.database_url.get_secret_value():
            return
        self._narrator.say("Starting PostgreSQL ...")
        self.postgres = PostgresServer(self._folder / "postgres", self._options.postgres_port)
        await self.postgres.start()
