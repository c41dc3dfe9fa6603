"""The outbox's sender: in order within a conversation, crisis first, behind the fence, with back-off."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bot.channels.port import Channel, Outbound, RetryLater, Uncertain, Undeliverable
from core.bus import Bus, Signal, Topic
from core.clock import Clock
from core.db import Database
from core.db.outbox import OutboxRow, heads, pass_fence, recover, settle
from core.logs import logger
from core.messages import ChannelName, DeliveryState

log = logger(__name__)
POLL_S = 1.0
LONGEST_PAUSE = timedelta(minutes=5)
GIVE_UP_AFTER = 30
"""Tries with back-off, about two hours; then staff see it as failed. Crisis rows are never given up."""


class OutboxSender:
    """Sends what is due on channels that need sending."""

    def __init__(self, database: Database, channels: Mapping[ChannelName, Channel], bus: Bus, clock: Clock) -> None:
        """Keep the channels by name."""
        self._database = database
        self._channels = channels
        self._bus = bus
        self._clock = clock

    async def run(self) -> None:
        """Send until cancelled; first settle what a crash left in the air."""
        async with self._database.write() as tx:
            uncertain = await recover(tx)
        for conversation_id in uncertain:
            self._bus.publish(Signal(Topic.CONVERSATION, conversation_id))
        async with self._bus.subscribe() as signals:
            while True:
                try:
                    sent = await self.send_due()
                except Exception:
                    log.exception("sending failed", action="outbox_failed")
                    sent = 0
                if not sent:
                    await _wait(signals)

    async def send_due(self) -> int:
        """Send the head of every conversation whose time has come; return how many were tried."""
        async with self._database.read() as tx:
            rows = await heads(tx, self._clock.now())
        rows = [row for row in rows if row.channel in self._channels]
        await asyncio.gather(*(self._send(row) for row in rows))
        return len(rows)

    async def _send(self, row: OutboxRow) -> None:
        async with self._database.write() as tx:
            passed = await pass_fence(tx, row)
        if passed:
            outcome = await self._deliver(row)
            async with self._database.write() as tx:
                await settle(tx, row.message_id, now=self._clock.now(), **outcome)  # type: ignore[arg-type]
        self._bus.publish(Signal(Topic.CONVERSATION, row.conversation_id))

    async def _deliver(self, row: OutboxRow) -> dict[str, object]:
        """Hand a message to its channel and return how to settle the row."""
        outbound = Outbound(row.message_id, row.address, row.text, row.buttons, row.pinned, row.language)
        now = self._clock.now()
        try:
            reference = await self._channels[row.channel].deliver(outbound)
        except Undeliverable as error:
            return {"state": DeliveryState.FAILED, "error": str(error.data.get("reason", error.code))}
        except RetryLater as error:
            pause = max(timedelta(seconds=error.seconds), back_off(row.attempts))
            return self._again(row, now + pause, error.code)
        except Uncertain as error:
            if row.crisis:  # twice is better than never
                return self._again(row, now + back_off(row.attempts), error.code)
            return {"state": DeliveryState.UNCERTAIN, "error": error.code}
        except Exception:
            log.exception("a channel broke", action="channel_failed", channel=row.channel)
            return self._again(row, now + back_off(row.attempts), "channel_failed")
        return {"state": DeliveryState.SENT, "provider_ref": reference}

    def _again(self, row: OutboxRow, when: object, error: str) -> dict[str, object]:
        if row.attempts >= GIVE_UP_AFTER and not row.crisis:
            return {"state": DeliveryState.FAILED, "error": error}
        return {"state": DeliveryState.DUE, "again_at": when, "error": error}


def back_off(attempts: int) -> timedelta:
    """Return the pause before the next try: half a second, doubling, at most five minutes."""
    return min(timedelta(seconds=0.5 * 2 ** min(attempts, 12)), LONGEST_PAUSE)


async def _wait(signals: asyncio.Queue[Signal]) -> None:
    """Return at the next outbox signal, or after the poll's time."""
    try:
        async with asyncio.timeout(POLL_S):
            while (await signals.get()).topic is not Topic.OUTBOX:
                pass
    except TimeoutError:
        return
