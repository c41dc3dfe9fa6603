"""Every word that a citizen chose is triaged, wherever it stands."""

from __future__ import annotations

import pytest

from core.messages import MessageKind
from core.risk import Level
from tests.doubles.house import House, house, quick_start

__all__ = ["house", "quick_start"]


@pytest.mark.parametrize(
    ("kind", "text", "payload", "level"),
    [
        (MessageKind.COMMAND, "/start 我不想活了", "start", Level.L2),
        (MessageKind.BUTTON, "我不想活了", "no:such:button", Level.L2),
        (MessageKind.BUTTON, "菜单", "menu", Level.L0),
        (MessageKind.PHOTO, "遗书写好了", "", Level.L3),
        (MessageKind.STICKER, "🙂", "", Level.L0),
    ],
)
async def test_what_is_read(house: House, kind: MessageKind, text: str, payload: str, level: Level) -> None:
    await house.say(text, kind=kind, payload=payload)
    assert (await house.conversation()).level is level
