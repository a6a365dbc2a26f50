"""From options and settings to what exactly will run: addresses, folders, environments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from trunkline.agents.load import AgentError, load_agents
from trunkline_cli.paths import ROOT
from trunkline_cli.settings import CliSettings, inherited_environment
from trunkline_cli.stack.credentials import Credentials, local_credentials
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.ports import free_port
from trunkline_cli.stack.report import AgentEntry
from trunkline_cli.stack.service import Program

_TUNNEL_PORT = 8080  # where a tunnel to a public address is told to lead to
_DRAIN_SECONDS = "5"  # Ctrl-C is to end a local stack, not to wait for the last call


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run, decided before anything does."""

    state_dir: Path
    port: int
    public_url: str
    credentials: Credentials
    agents_dir: Path
    agents: tuple[AgentEntry, ...]
    environment: Mapping[str, str] = field(repr=False)
    """For every service."""
    frame_logs: Path | None
    overrides: Mapping[str, str]
    """For every service, over all else."""

    @property
    def logs(self) -> Path:
        """Folder of the services' logs."""
        return self.state_dir / "logs"

    def gateway(self, number: int, servers: Mapping[str, str]) -> Program:
        """The n-th gateway; `servers` are the settings that name Kafka and PostgreSQL."""
        name, port, internal_port = f"gateway-{number}", free_port(), free_port()
        own = {
            "GATEWAY_ID": name,
            "GATEWAY_URL": f"http://127.0.0.1:{port}",
            "GATEWAY_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "GATEWAY_INTERNAL_HOST": "127.0.0.1",
            "GATEWAY_INTERNAL_PORT": str(internal_port),
        }
        if self.frame_logs is not None:
            own["GATEWAY_FRAME_LOG"] = str(self.frame_logs / f"{name}.jsonl")
        environment = {**self.environment, **servers, **own, **self.overrides}
        return Program.module("gateway", name, environment, port=port, internal_port=internal_port)

    def worker(self, number: int, servers: Mapping[str, str]) -> Program:
        """The n-th llm-worker."""
        name, internal_port = f"llm-worker-{number}", free_port()
        own = {
            "WORKER_ID": name,
            "WORKER_INTERNAL_HOST": "127.0.0.1",
            "WORKER_INTERNAL_PORT": str(internal_port),
        }
        environment = {**self.environment, **servers, **own, **self.overrides}
        return Program.module("llm_worker", name, environment, internal_port=internal_port)

    def dialer(self, number: int, servers: Mapping[str, str]) -> Program:
        """The n-th dialer."""
        return self._with_api("dialer", f"dialer-{number}", "DIALER", servers)

    def ingest(self, number: int, servers: Mapping[str, str]) -> Program:
        """The n-th intelligence-ingest."""
        return self._with_api(
            "intelligence_ingest", f"intelligence-ingest-{number}", "INGEST", servers
        )

    def _with_api(self, module: str, name: str, prefix: str, servers: Mapping[str, str]) -> Program:
        """A service whose settings begin with the prefix, with an API and an internal port."""
        port, internal_port = free_port(), free_port()
        own = {
            f"{prefix}_ID": name,
            f"{prefix}_HOST": "127.0.0.1",
            f"{prefix}_PORT": str(port),
            f"{prefix}_INTERNAL_HOST": "127.0.0.1",
            f"{prefix}_INTERNAL_PORT": str(internal_port),
        }
        environment = {**self.environment, **servers, **own, **self.overrides}
        return Program.module(module, name, environment, port=port, internal_port=internal_port)


def make_plan(options: StackOptions, settings: CliSettings) -> Plan:
    """Decide everything that can be decided before servers run. Raises `StackError`."""
    state_dir = options.state_dir or settings.trunkline_state_dir
    port = options.port or _port_of(settings.public_url)
    public_url = settings.public_url or f"http://127.0.0.1:{port}"
    credentials = credentials_of(state_dir, settings)
    agents_dir = agents_folder(options, settings)
    return Plan(
        state_dir=state_dir.absolute(),
        port=port,
        public_url=public_url,
        credentials=credentials,
        agents_dir=agents_dir,
        agents=_agents(agents_dir),
        environment={
            **inherited_environment(),
            "PUBLIC_URL": public_url,
            "AGENTS_DIR": str(agents_dir),
            "TWILIO_ACCOUNT_SID": credentials.account_sid,
            "TWILIO_AUTH_TOKENS": ",".join(credentials.auth_tokens),
            "TICKET_KEYS": ",".join(credentials.ticket_keys),
            "GATEWAY_DRAIN_SECONDS": _DRAIN_SECONDS,
            "WORKER_DRAIN_SECONDS": _DRAIN_SECONDS,
            "DIALER_DRAIN_SECONDS": _DRAIN_SECONDS,
            **_keys(credentials, settings),
        },
        frame_logs=options.frame_logs.absolute() if options.frame_logs else None,
        overrides=options.environment,
    )


def _port_of(public_url: str) -> int:
    """Where the front listens when nobody says: where PUBLIC_URL points, or a tunnel would."""
    if not public_url:
        return free_port()
    parts = urlsplit(public_url)
    is_here = parts.hostname in ("127.0.0.1", "localhost")
    return parts.port if is_here and parts.port else _TUNNEL_PORT


def credentials_of(state_dir: Path, settings: CliSettings) -> Credentials:
    """What is set; the rest is made up, and kept."""
    local = local_credentials(state_dir / "credentials.json")
    tokens = tuple(token.get_secret_value() for token in settings.twilio_auth_tokens)
    keys = tuple(key.get_secret_value() for key in settings.ticket_keys)
    return Credentials(
        account_sid=settings.twilio_account_sid or local.account_sid,
        auth_tokens=tokens or local.auth_tokens,
        ticket_keys=keys or local.ticket_keys,
        number_keys=local.number_keys,
        data_keys=local.data_keys,
    )


def _keys(credentials: Credentials, settings: CliSettings) -> Mapping[str, str]:
    """What the dialer and the ingest hide numbers and words with: what is set, or the made up."""
    return {
        "DIALER_NUM_KEYS": settings.dialer_num_keys.get_secret_value() or credentials.number_keys,
        "DIALER_DATA_KEYS": settings.dialer_data_keys.get_secret_value() or credentials.data_keys,
        "INGEST_NUM_KEYS": settings.ingest_num_keys.get_secret_value() or credentials.number_keys,
        "INGEST_DATA_KEYS": settings.ingest_data_keys.get_secret_value() or credentials.data_keys,
    }


def agents_folder(options: StackOptions, settings: CliSettings) -> Path:
    """What is asked for or set, else `agents` here, else the repository's own."""
    return (options.agents_dir or _agents_dir(settings)).absolute()


def _agents_dir(settings: CliSettings) -> Path:
    if "agents_dir" in settings.model_fields_set or settings.agents_dir.is_dir():
        return settings.agents_dir
    return ROOT / "agents"


def _agents(folder: Path) -> tuple[AgentEntry, ...]:
    try:
        agents = load_agents(folder)
    except AgentError as error:
        raise StackError(f"{error}\n`trunkline agents check {folder}` shows the same.") from error
    return tuple(AgentEntry(agent.id, tuple(agent.numbers)) for agent in agents)
