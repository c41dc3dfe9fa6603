"""An episode of heavy distress ends after a quiet week; one that people look after never does by itself."""

from __future__ import annotations

import pytest

from core.risk import Level
from tests.doubles.house import House, house, quick_start

__all__ = ["house", "quick_start"]

WEEK_S = 7 * 24 * 3600


@pytest.mark.parametrize(
    ("words", "seconds", "level"),
    [
        ("我好绝望", WEEK_S + 60, Level.L0),
        ("我好绝望", WEEK_S - 60, Level.L1),
        ("我不想活了", WEEK_S + 60, Level.L2),
    ],
)
async def test_only_distress_passes_with_time(house: House, words: str, seconds: int, level: Level) -> None:
    await house.say(words)
    house.clock.advance(seconds=seconds)
    await house.say("你好")
    assert (await house.conversation()).level is level
