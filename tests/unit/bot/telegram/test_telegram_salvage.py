"""What is made out in updates that the library cannot read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram.client import MALFORMED, is_readable, read_update, set_aside
from bot.channels.telegram.salvage import salvage
from core.messages import MessageKind
from tests.doubles import telegram_updates as made

BOT, CHAT = 4242424242, 5550001
BROKEN: dict[str, Any] = {"sticker": "not an object"}


def test_words_survive_a_broken_field() -> None:
    """A text is a text, with the id that it has when it is read well."""
    raw = {"update_id": 1, "message": made.message(CHAT, 8, text="救我", **BROKEN)}
    assert not is_readable(raw)
    found = salvage(raw, BOT)
    assert found is not None
    assert (found.kind, found.text, found.provider_id) == (MessageKind.TEXT, "救我", "4242424242:5550001:8")


def test_other_kinds() -> None:
    """Commands, edits, presses and captions are recognised; the rest is recorded as unsupported."""
    raw: dict[str, Any] = {"update_id": 1, "message": made.message(CHAT, 8, text="/human", **BROKEN)}
    found = salvage(raw, BOT)
    assert found is not None
    assert (found.kind, found.payload) == (MessageKind.COMMAND, "human")
    found = salvage({"update_id": 1, "edited_message": made.message(CHAT, 8, caption="别管我")}, BOT)
    assert found is not None
    assert (found.kind, found.text, found.edit_of) == (MessageKind.EDIT, "别管我", "4242424242:5550001:8")
    found = salvage({"update_id": 1, "callback_query": made.press(CHAT, 8, "human", labels={})}, BOT)
    assert found is not None
    assert (found.kind, found.payload, found.provider_id) == (MessageKind.BUTTON, "human", "cb:77001")
    found = salvage({"update_id": 1, "message": {"chat": {"id": CHAT, "type": "private"}}}, BOT)
    assert found is not None
    assert (found.kind, found.provider_id) == (MessageKind.UNSUPPORTED, "4242424242:u:1")


@pytest.mark.parametrize(
    "raw",
    [
        {"update_id": 1},
        {"update_id": 1, "message": 7},
        {"update_id": 1, "message": {"chat": {"id": "x", "type": "private"}, "text": "a"}},
        {"update_id": 1, "message": made.message(-100, 8, chat_type="group", text="a")},
        {"update_id": 1, "message": made.message(CHAT, 8, text="a", from_={"id": 1, "is_bot": True})},
    ],
)
def test_what_is_nobodys(raw: dict[str, Any]) -> None:
    """Without a private chat there is nobody to record it for."""
    assert salvage(raw, BOT) is None


def test_an_unreadable_update_is_carried_as_it_came() -> None:
    """It keeps its id, by which it is acknowledged, and its whole content."""
    raw = {"update_id": 31, "message": made.message(CHAT, 8, text="x", **BROKEN)}
    update = read_update(raw, None)
    assert update.update_id == 31
    assert update.api_kwargs[MALFORMED] == raw == set_aside(raw)[MALFORMED]
