"""Every word that a citizen chose is triaged, wherever it stands."""

from __future__ import annotations

import pytest

from core.messages import MessageKind
from core.risk import Evidence, Level, TriageHistory, TriageResult
from tests.doubles.house import House, house, quick_start

__all__ = ["house", "quick_start"]


class Suspecting:
    """A second reader that worries about everything, with no rule beside it."""

    def assess(self, text: str, history: TriageHistory) -> TriageResult:
        """Worry strongly."""
        return TriageResult(Level.L2, evidence=(Evidence(text, "reader.strongly", 0, len(text), Level.L2),))


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


async def test_what_only_the_second_reader_saw_is_asked_about_first(house: House) -> None:
    house.service.knowledge.triage = Suspecting()
    asked = await house.say("把阳台的花都送给楼下了")
    conversation = await house.conversation()
    assert conversation.level is Level.L1
    assert [button.payload for reply in asked for button in reply.buttons if button.payload.startswith("checkin:")]
    assert await house.find_case() is None
    await house.say("东西都收好了")
    assert (await house.conversation()).level is Level.L2
    assert await house.find_case() is not None
