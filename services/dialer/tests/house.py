"""The dialer's API on a real database, with a customer who has an account and a number."""

import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from cryptography.fernet import Fernet
from rows import ACCOUNT, TENANT
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.api.app import dialer_api, key_store
from dialer.api.context import Parts
from dialer.api.scopes import SCOPES
from dialer.importer.campaign import Campaigns
from dialer.importer.jobs import ImportJobs
from dialer.importer.upload import Uploads
from dialer.importer.workers import Keys
from dialer.store.reduction import Chances, Todo
from dialer.store.snapshot import World
from trunkline.agents import Agent, Phrases
from trunkline.agents.catalog import Agents
from trunkline.api.key_store import NewKey
from trunkline.database.transaction import transaction

KEYS = Keys({"k1": b"p" * 32}, (Fernet.generate_key().decode(),))
SENDER = "+12025550100"
NUMBER = "+12025550143"
AGENT = Agent.model_validate(
    {
        "id": "receptionist",
        "tenant_id": TENANT,
        "version": "v1",
        "greeting": "Hello {{name}}.",
        "disclosure": "I am an automated assistant.",
        "instructions": "Be kind.",
        "variables": {"name": "you"},
        "languages": [{"code": "en-US", "voice": "x"}],
        "models": [{"provider": "offline"}],
    }
)
SILENT = AGENT.model_copy(
    update={"id": "silent", "disclosure": "", "phrases": Phrases(voicemail="We called.")}
)
"""An agent that says neither what it is nor how to hear no more of it."""
EVERYTHING = [scope for scope in SCOPES if scope != "platform:admin"]


@dataclass
class House:
    """The API, and what tests look at behind it."""

    engine: AsyncEngine
    http: httpx.AsyncClient
    jobs: ImportJobs
    parts: Parts
    errands: list[Todo] = field(default_factory=list)
    world: World = field(default_factory=lambda: World(timedelta(0), 10))

    async def key(self, scopes: Sequence[str] = EVERYTHING, tenant: str = TENANT) -> str:
        """A new key, as its holder has it."""
        new = NewKey(tenant, "test", scopes, "test", requests_per_second=10_000)
        async with transaction(self.engine) as connection:
            return (await self.parts.keys.create(connection, new)).text()

    async def client(self, scopes: Sequence[str] = EVERYTHING, tenant: str = TENANT) -> "Client":
        return Client(self.http, await self.key(scopes, tenant))


@dataclass
class Client:
    """Somebody with a key. A POST brings a key of its own for its repetition, unless it is told."""

    http: httpx.AsyncClient
    key: str

    async def send(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        given = {"Authorization": f"Bearer {self.key}"}
        if method == "POST":
            given["Idempotency-Key"] = uuid.uuid4().hex
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        if content is not None:
            given.setdefault("Content-Type", "application/json")
        return await self.http.request(
            method, path, content=content, headers={k: v for k, v in given.items() if v}
        )

    async def get(self, path: str) -> Any:
        answer = await self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, expected: int = 200) -> Any:
        answer = await self.send("POST", path, body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    async def upload(
        self, campaign: str, content: bytes, kind: str = "text/csv", **headers: str
    ) -> httpx.Response:
        given = {"Content-Type": kind, "Idempotency-Key": uuid.uuid4().hex}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            f"/v1/campaigns/{campaign}/imports",
            content=content,
            headers={"Authorization": f"Bearer {self.key}", **given},
        )


DRAFT: Mapping[str, Any] = {
    "name": "Spring check-ups",
    "agent_id": "receptionist",
    "purpose": "informational",
    "default_region": "US",
}
EMERGENCY: Mapping[str, str] = {"purpose": "emergency", "emergency_reason": "A pipe has burst."}
"""Knows no hours."""


@asynccontextmanager
async def open_house(engine: AsyncEngine) -> AsyncIterator[House]:
    """The API with an account of the tenant's and a number to call from."""
    house: House
    agents = Agents([AGENT, SILENT])
    campaigns = Campaigns(agents)
    jobs = ImportJobs(engine, campaigns, KEYS, processes=0)
    parts = Parts(
        engine=engine,
        agents=agents,
        campaigns=campaigns,
        vault=KEYS.vault(),
        uploads=Uploads(engine, KEYS.fernet()),
        keys=key_store(engine),
        uploaded=jobs.wake,
        world=lambda: house.world,
        chances=Chances(lambda: 0.5),
        errands=lambda todo: house.errands.extend(todo),
    )
    app = dialer_api(parts, KEYS.fernet_keys)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://dialer") as http:
        house = House(engine, http, jobs, parts)
        yield house


async def furnish(client: Client) -> None:
    """An account and a number to call from."""
    answer = await client.send("PUT", f"/v1/accounts/{ACCOUNT}", {"cps": 5})
    assert answer.status_code == 200, answer.text
    await client.post("/v1/from-numbers", {"number": SENDER}, 201)


async def a_draft(client: Client, **values: Any) -> str:
    """A drafted campaign's id."""
    campaign = await client.post("/v1/campaigns", {**DRAFT, **values}, 201)
    found: str = campaign["id"]
    return found


async def add(client: Client, campaign: str, *numbers: str, **values: Any) -> list[str]:
    """Contacts of a campaign; their ids."""
    consent = {"type": "express"}
    contacts = [{"number": number, "consent": consent, **values} for number in numbers]
    added = await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": contacts})
    return [result["id"] for result in added["results"]]
