"""Updates as Telegram's Bot API writes them, for tests."""

from __future__ import annotations

from typing import Any

SENT_AT = 1_767_582_000
"""When the messages of tests are written: 2026-01-05 03:00 UTC."""


def citizen(chat_id: int, language: str = "zh-hans") -> dict[str, Any]:
    """Return a person, whose private chat has the same number."""
    return {"id": chat_id, "is_bot": False, "first_name": "某人", "language_code": language}


def message(
    chat_id: int, number: int, *, chat_type: str = "private", language: str = "zh-hans", **content: Any
) -> dict[str, Any]:
    """Return a message with the given content; `from_` replaces its sender."""
    sender = content.pop("from_", citizen(abs(chat_id), language))
    chat = {"id": chat_id, "type": chat_type, "first_name": "某人"}
    return {"message_id": number, "from": sender, "chat": chat, "date": SENT_AT, **content}


def command(chat_id: int, number: int, text: str) -> dict[str, Any]:
    """Return a message that begins with a command, marked as Telegram marks it."""
    entity = {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
    return message(chat_id, number, text=text, entities=[entity])


def press(
    chat_id: int, number: int, data: str, *, labels: dict[str, str], press_id: str = "77001", chat_type: str = "private"
) -> dict[str, Any]:
    """Return a pressed button of a message whose keyboard is `labels`, payload to label."""
    rows = [[{"text": label, "callback_data": payload}] for payload, label in labels.items()]
    bot = {"id": 4242424242, "is_bot": True, "first_name": "心桥"}
    below = message(
        chat_id, number, chat_type=chat_type, text="今晚睡得怎么样?", from_=bot, reply_markup={"inline_keyboard": rows}
    )
    return {"id": press_id, "from": citizen(abs(chat_id)), "message": below, "chat_instance": "1", "data": data}


def file(name: str, **more: Any) -> dict[str, Any]:
    """Return a file's description."""
    return {"file_id": name, "file_unique_id": f"u-{name}", **more}


STICKER = {"sticker": file("st", type="regular", width=512, height=512, is_animated=False, is_video=False, emoji="😢")}
VOICE = {"voice": file("vo", duration=4)}
AUDIO = {"audio": file("au", duration=60)}
VIDEO_NOTE = {"video_note": file("vn", duration=4, length=240)}
PHOTO = {"photo": [file("small", width=90, height=90), file("large", width=1280, height=960)]}
LOCATION = {"location": {"latitude": 31.23, "longitude": 121.47}}
VENUE = {"venue": {**LOCATION, "title": "人民公园", "address": "南京西路231号"}, **LOCATION}
DOCUMENT = {"document": file("doc", file_name="x.pdf")}
POLL = {
    "poll": {
        "id": "p",
        "question": "我还能怎么办?",
        "options": [
            {"persistent_id": "1", "text": "睡觉", "voter_count": 0},
            {"persistent_id": "2", "text": "算了", "voter_count": 0},
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }
}
UNKNOWN = {"hologram": {"file_id": "h1"}}
"""Something that Telegram may invent one day."""
