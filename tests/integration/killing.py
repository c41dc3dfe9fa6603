"""What the tests with kill -9 share: deaths at random moments of a conversation, and what each leaves behind."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.e2e.house import House

SEED = int(os.environ.get("XINQIAO_TEST_SEED", "20261122"))
"""Chooses the moments of death; another number tries others."""
DEATHS = 10


@dataclass
class Deaths:
    """Kills the house at chosen steps, each a random moment after the step began, and starts it again.

    Attributes:
        at: Numbers of the steps, counted from 0, each of which one death follows.
        within_s: How long after its step a death comes at the latest; about as long as a step takes, so that it
            falls before a write, in it, or behind it.
        look: What is looked at while the house is down.
    """

    house: House
    at: frozenset[int]
    dice: random.Random
    within_s: float
    look: Callable[[], Awaitable[None]]
    steps: int = 0
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def step(self) -> None:
        """Count a step, and let the house die soon when its number is up."""
        if self.steps in self.at:
            task = asyncio.create_task(self._die(self.dice.random() ** 2 * self.within_s))
            self._tasks.add(task)
        self.steps += 1

    async def over(self) -> None:
        """Return when every death has been got over; raise what went wrong in one."""
        await asyncio.gather(*self._tasks)

    async def _die(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        async with self._one_at_a_time:
            await self.house.kill()
            await self.look()
            await self.house.start()


def choose_steps(dice: random.Random, steps: int, deaths: int) -> frozenset[int]:
    """Return the numbers of the steps at which the house dies."""
    return frozenset(dice.sample(range(steps), deaths))
