"""The agents of one folder, as services look them up."""

from collections.abc import Iterable, Iterator

from trunkline.agents import Agent


class Agents:
    """A frozen collection of agents: by called number, by id, and by id and version.

    Args:
        agents: No two may have the same id or answer the same number.
    """

    def __init__(self, agents: Iterable[Agent]) -> None:
        self._by_id = {agent.id: agent for agent in agents}
        self._by_number = {number: agent for agent in self for number in agent.numbers}

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def answering(self, number: str) -> Agent | None:
        """Return the agent that answers this called number, if any."""
        return self._by_number.get(number)

    def current(self, agent_id: str) -> Agent | None:
        """Return the agent of this id, whatever its version."""
        return self._by_id.get(agent_id)

    def get(self, agent_id: str, version: str) -> Agent | None:
        """Return the agent of this id if it has exactly this version."""
        agent = self._by_id.get(agent_id)
        return agent if agent is not None and agent.version == version else None

    def asked_for(self, agent_id: str, version: str) -> Agent | None:
        """Return the agent of this id; where a version is named, only if it has exactly that."""
        return self.get(agent_id, version) if version else self.current(agent_id)
