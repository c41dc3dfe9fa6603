"""What each kind of update becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram.updates import find_command, find_language, read_message
from core.language import Language
from core.messages import ChannelName, InboundMessage, Location, MessageKind
from tests.doubles import telegram_updates as made

BOT = 4242424242
CHAT = 5550001


def read(**content: Any) -> InboundMessage | None:
    """Read one update of the given content."""
    return read_message(Update.de_json({"update_id": 17, **content}, None), BOT)


def read_citizens(**content: Any) -> InboundMessage:
    """Read one private message of the given content."""
    found = read(message=made.message(CHAT, 8, **content))
    assert found is not None
    return found


def test_a_text() -> None:
    """A text keeps its words, its order and its time."""
    assert read_citizens(text="最近睡不好") == InboundMessage(
        channel=ChannelName.TELEGRAM,
        address="5550001",
        provider_id="4242424242:5550001:8",
        kind=MessageKind.TEXT,
        text="最近睡不好",
        language_hint=Language.ZH,
        sent_at=datetime(2026, 1, 5, 3, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", ["start", "help", "menu", "human", "language"])
def test_a_command(name: str) -> None:
    """A command is named without its slash, and its words stay for triage."""
    found = read(message=made.command(CHAT, 8, f"/{name} 我撑不住了"))
    assert found is not None
    assert (found.kind, found.payload, found.text) == (MessageKind.COMMAND, name, f"/{name} 我撑不住了")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/HUMAN", "human"),
        ("/help@xinqiao_bot", "help"),
        ("/start flow_sleep", "start"),
        ("/starting", ""),
        ("/tmp", ""),
        ("/人工", ""),
        ("we /start", ""),
        ("", ""),
    ],
)
def test_what_counts_as_a_command(text: str, name: str) -> None:
    """Only the five commands at the beginning count; everything else is text."""
    assert find_command(text) == name


def test_an_unknown_command_is_text() -> None:
    """What looks like a command and is none is read by triage as text."""
    assert read_citizens(text="/die").kind is MessageKind.TEXT


def test_a_pressed_button() -> None:
    """A press carries its payload and the label that was read."""
    labels = {"flow:sleep": "睡眠不好", "human": "想找人说话"}
    found = read(callback_query=made.press(CHAT, 9, "human", labels=labels, press_id="991"))
    assert found is not None
    assert (found.kind, found.payload, found.text) == (MessageKind.BUTTON, "human", "想找人说话")
    assert (found.provider_id, found.address) == ("cb:991", "5550001")


def test_a_press_whose_message_is_too_old_to_show() -> None:
    """Without the keyboard there is no label, but the payload acts."""
    query = made.press(CHAT, 9, "human", labels={})
    query["message"] = {"chat": query["message"]["chat"], "message_id": 9, "date": 0}
    found = read(callback_query=query)
    assert found is not None
    assert (found.kind, found.payload, found.text) == (MessageKind.BUTTON, "human", "")


def test_edits() -> None:
    """An edit names its original, and two edits in one second are two messages."""
    content = made.message(CHAT, 8, text="我不想活了", edit_date=made.SENT_AT + 60)
    first = read_message(Update.de_json({"update_id": 20, "edited_message": content}, None), BOT)
    second = read_message(Update.de_json({"update_id": 21, "edited_message": content}, None), BOT)
    assert first is not None
    assert second is not None
    assert (first.kind, first.text) == (MessageKind.EDIT, "我不想活了")
    assert first.edit_of == read_citizens(text="没事").provider_id
    assert first.provider_id != second.provider_id
    assert first.sent_at == datetime(2026, 1, 5, 3, 0, tzinfo=UTC) + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("content", "kind", "text", "file_id"),
    [
        (made.STICKER, MessageKind.STICKER, "😢", "st"),
        (made.VOICE, MessageKind.VOICE, "", "vo"),
        (made.AUDIO, MessageKind.VOICE, "", "au"),
        (made.VIDEO_NOTE, MessageKind.VOICE, "", "vn"),
        (made.PHOTO, MessageKind.PHOTO, "", "large"),
        ({**made.PHOTO, "caption": "这是我的药"}, MessageKind.PHOTO, "这是我的药", "large"),
        ({**made.DOCUMENT, "caption": "遗书"}, MessageKind.UNSUPPORTED, "遗书", "doc"),
        (made.POLL, MessageKind.UNSUPPORTED, "我还能怎么办?\n睡觉\n算了", ""),
        (made.UNKNOWN, MessageKind.UNSUPPORTED, "", ""),
    ],
)
def test_what_is_not_text(content: dict[str, Any], kind: MessageKind, text: str, file_id: str) -> None:
    """Everything is recorded as what it is, with every word in it."""
    found = read_citizens(**content)
    assert (found.kind, found.text, found.file_id) == (kind, text, file_id)


def test_places() -> None:
    """A location is kept, and the name of a place with it."""
    place = Location(31.23, 121.47)
    found = read_citizens(**made.LOCATION)
    assert (found.kind, found.location) == (MessageKind.LOCATION, place)
    found = read_citizens(**made.VENUE)
    assert (found.kind, found.location, found.text) == (MessageKind.LOCATION, place, "人民公园\n南京西路231号")


@pytest.mark.parametrize("chat_type", ["group", "supergroup", "channel"])
def test_silence_in_groups(chat_type: str) -> None:
    """Nothing that is written, changed or pressed in a group is for us."""
    content = made.message(-100200, 3, chat_type=chat_type, text="/start")
    assert read(message=content) is None
    assert read(edited_message=content) is None
    assert read(channel_post=content) is None
    assert read(callback_query=made.press(-100200, 3, "x", labels={"x": "X"}, chat_type=chat_type)) is None


def test_what_nobody_said_to_us() -> None:
    """Other bots, service messages and changes of membership are passed over."""
    other = {"id": 7, "is_bot": True, "first_name": "b"}
    assert read(message=made.message(CHAT, 3, text="hi", from_=other)) is None
    pinned = made.message(CHAT, 2, text="x")
    assert read(message=made.message(CHAT, 3, pinned_message=pinned)) is None
    user = {"id": BOT, "is_bot": True, "first_name": "心桥"}
    blocked = {
        "chat": {"id": CHAT, "type": "private"},
        "from": made.citizen(CHAT),
        "date": made.SENT_AT,
        "old_chat_member": {"user": user, "status": "member"},
        "new_chat_member": {"user": user, "status": "kicked", "until_date": 0},
    }
    assert read(my_chat_member=blocked) is None
    assert read() is None


def test_text_that_no_database_stores() -> None:
    """Half surrogate pairs and NUL do not make a message unstorable."""
    assert read_citizens(text="a\ud83db\x00c").text == "a\ufffdb\ufffdc"
    assert read_citizens(text="\ud83d\ude22").text == "😢"


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("zh-hans", Language.ZH),
        ("zh-hant", Language.ZH),
        ("yue", Language.ZH),
        ("EN-gb", Language.EN),
        ("ru", None),
        ("", None),
        (None, None),
    ],
)
def test_language_hints(code: str | None, language: Language | None) -> None:
    """An app's language is a hint only when it is one of ours."""
    assert find_language(code) is language
