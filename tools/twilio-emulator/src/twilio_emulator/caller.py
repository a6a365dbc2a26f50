"""Place calls: one step by step, one by its script, or many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from twilio_emulator.actor import perform
from twilio_emulator.call import Call
from twilio_emulator.events import Observer
from twilio_emulator.exchange import Exchange
from twilio_emulator.ledger import CallLedger
from twilio_emulator.plan import CallPlan
from twilio_emulator.state import CallState
from twilio_emulator.webhooks import Webhooks, open_client


@asynccontextmanager
async def dial(
    plan: CallPlan, observer: Observer | None = None, client: httpx.AsyncClient | None = None
) -> AsyncIterator[Call]:
    """A call to be driven step by step; it is hung up at the end of the block, if not before.

    Calls may share a `client`; without one the call opens its own.
    """
    failure: Exception | None = None
    async with AsyncExitStack() as stack:
        if client is None:
            client = await stack.enter_async_context(open_client())
        state = CallState(plan, observer)
        call = Call(state)
        exchange = Exchange(state, Webhooks(client, plan.auth_token))
        async with asyncio.TaskGroup() as tasks:
            living = tasks.create_task(exchange.live(), name=f"call {plan.call_sid}")
            try:
                yield call
                if not call.over:
                    await call.hang_up()
            except Exception as error:  # raised below, outside the group, which would wrap it
                failure = error
                living.cancel()
    if failure is not None:
        raise failure


async def run_call(
    plan: CallPlan, observer: Observer | None = None, client: httpx.AsyncClient | None = None
) -> CallLedger:
    """Place a call and play its script; failed expectations are in the ledger."""
    async with dial(plan, observer, client) as call:
        await perform(call, plan.script)
    return call.ledger


async def run_calls(
    plans: Sequence[CallPlan], observer: Observer | None = None, gap_seconds: float = 0.0
) -> list[CallLedger]:
    """Place calls at once, or `gap_seconds` apart; the ledgers in the order of the plans."""
    async with open_client() as client, asyncio.TaskGroup() as tasks:
        running = []
        for plan in plans:
            name = f"script {plan.call_sid}"
            running.append(tasks.create_task(run_call(plan, observer, client), name=name))
            await asyncio.sleep(gap_seconds)
    return [task.result() for task in running]
