"""The bus contract: consumer groups."""

from collections.abc import Mapping

from trunkline.bus import (
    Bus,
    Start,
    TopicPartition,
)
from trunkline.testing.contract.base import (
    ContractPart,
    read_values,
    unique,
)


class GroupContract(ContractPart):
    """What `join` promises."""

    async def test_the_members_of_a_group_share_the_partitions_and_read_each_record_once(
        self, bus: Bus, wide: str
    ) -> None:
        group = unique("group")
        async with bus.join(group, [wide]) as one, bus.join(group, [wide]) as other:
            await self.until(lambda: len(one.assignment()) == len(other.assignment()) == 3)
            for partition in range(6):
                await bus.bulk.publish(wide, str(partition).encode(), partition=partition)
            seen = [await read_values(one, 3), await read_values(other, 3)]

        assert not set(seen[0]) & set(seen[1])
        assert sorted(seen[0] + seen[1]) == [str(partition) for partition in range(6)]

    async def test_a_group_goes_on_where_it_has_committed(self, bus: Bus, topic: str) -> None:
        group = unique("group")
        for n in range(4):
            await bus.bulk.publish(topic, str(n).encode())
        where = TopicPartition(topic, 0)
        async with bus.join(group, [topic]) as member:
            assert await read_values(member, 4) == ["0", "1", "2", "3"]
            assert await member.commit({where: 2}) == {where}
        async with bus.join(group, [topic]) as member:
            again = await read_values(member, 2)

        assert again == ["2", "3"]

    async def test_everybody_may_see_what_a_group_has_committed(self, bus: Bus, topic: str) -> None:
        group, where = unique("group"), TopicPartition(topic, 0)
        await bus.bulk.publish(topic, b"0")
        seen: list[Mapping[TopicPartition, int]] = []

        async def see(partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
            seen.append(await bus.committed_offsets(group))
            return {}

        async with bus.join(group, [topic], positions=see) as member:
            await read_values(member, 1)
            await member.commit({where: 1})
        async with bus.join(group, [topic], positions=see) as member:
            await self.until(lambda: where in member.assignment())

        assert (seen[0], seen[-1]) == ({}, {where: 1})
        assert await bus.committed_offsets(group) == {where: 1}

    async def test_a_member_that_keeps_its_positions_goes_on_there_whatever_was_committed(
        self, bus: Bus, topic: str
    ) -> None:
        group, where = unique("group"), TopicPartition(topic, 0)
        for n in range(4):
            await bus.bulk.publish(topic, str(n).encode())

        async def kept(partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
            return {where: 1} if where in partitions else {}

        async with bus.join(group, [topic]) as member:
            await read_values(member, 4)
            await member.commit({where: 4})
        async with bus.join(group, [topic], positions=kept) as member:
            again = await read_values(member, 3)

        assert again == ["1", "2", "3"]

    async def test_a_new_group_that_starts_at_the_end_does_not_read_what_is_old(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.bulk.publish(topic, b"old")
        async with bus.join(unique("group"), [topic], start=Start.END) as member:
            await self.until(lambda: bool(member.assignment()))
            await bus.bulk.publish(topic, b"new")
            values = await read_values(member, 1)

        assert values == ["new"]

    async def test_an_offset_of_a_partition_that_is_not_ours_is_left_out_of_a_commit(
        self, bus: Bus, topic: str
    ) -> None:
        elsewhere = TopicPartition(unique("nowhere"), 0)
        async with bus.join(unique("group"), [topic]) as member:
            await self.until(lambda: bool(member.assignment()))
            stored = await member.commit({elsewhere: 5, TopicPartition(topic, 0): 0})

        assert stored == {TopicPartition(topic, 0)}

    async def test_partitions_are_given_back_before_another_member_gets_them(
        self, bus: Bus, wide: str
    ) -> None:
        group, seen = unique("group"), list[str]()

        async def revoked(partitions: frozenset[TopicPartition]) -> None:
            seen.append(f"one lost {len(partitions)}")

        async def assigned(partitions: frozenset[TopicPartition]) -> None:
            seen.append(f"other got {len(partitions)}")

        async with bus.join(group, [wide], on_revoked=revoked) as one:
            await self.until(lambda: len(one.assignment()) == 6)
            async with bus.join(group, [wide], on_assigned=assigned):
                await self.until(lambda: "other got 3" in seen)

        assert seen.index("one lost 6") < seen.index("other got 3")

    async def test_what_is_committed_while_partitions_are_revoked_is_not_read_again(
        self, bus: Bus, topic: str
    ) -> None:
        group = unique("group")
        where = TopicPartition(topic, 0)

        async def revoked(_: frozenset[TopicPartition]) -> None:
            await leaver.commit({where: 1})

        await bus.bulk.publish(topic, b"done")
        await bus.bulk.publish(topic, b"not done")
        async with bus.join(group, [topic], on_revoked=revoked) as leaver:
            await read_values(leaver, 2)
        async with bus.join(group, [topic]) as heir:
            values = await read_values(heir, 1)

        assert values == ["not done"]
