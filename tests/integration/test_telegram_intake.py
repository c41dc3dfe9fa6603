"""No update is acknowledged before it is committed."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
from pathlib import Path

import pytest
from telegram import Bot
from telegram.ext import Updater

from core.messages import MessageKind
from tests.doubles import telegram_updates as made
from tests.doubles.recording_inbox import RecordingInbox
from tests.doubles.telegram_api import TOKEN, TelegramDouble
from tests.integration.telegram_channel import connected

CHAT = 5550001
ROOT = Path(__file__).parents[2]


async def test_the_librarys_own_queue_would_lose_messages() -> None:
    """Why the queue must commit: with an ordinary one Telegram forgets what nobody has stored."""
    async with TelegramDouble() as telegram:
        queue: asyncio.Queue[object] = asyncio.Queue()
        async with Updater(Bot(TOKEN, base_url=telegram.base_url), queue) as updater:
            await telegram.write(CHAT, "有人吗")
            await updater.start_polling()
            await telegram.wait_for(lambda: telegram.acknowledged)
            assert queue.qsize() == 1  # only in this process's memory, and gone with it
            await updater.stop()


async def test_acknowledged_only_after_the_commit() -> None:
    """While the inbox hesitates, Telegram keeps the whole batch."""
    inbox = RecordingInbox()
    inbox.open.clear()
    async with TelegramDouble() as telegram:
        ids = [await telegram.write(CHAT, f"第{index}句") for index in range(3)]
        async with connected(telegram, inbox):
            await inbox.wait_for(lambda: inbox.attempts)
            assert telegram.acknowledged == []
            assert len(telegram.calls_of("getUpdates")) == 1
            inbox.open.set()
            await telegram.wait_for(lambda: telegram.acknowledged == ids)
            assert inbox.texts == ["第0句", "第1句", "第2句"]


async def test_stopping_in_the_middle_of_a_commit_acknowledges_nothing() -> None:
    """A stop, too, leaves what is not committed to the next start."""
    inbox = RecordingInbox()
    inbox.open.clear()
    async with TelegramDouble() as telegram:
        await telegram.write(CHAT, "还在吗")
        async with connected(telegram, inbox):
            await inbox.wait_for(lambda: inbox.attempts)
        assert telegram.acknowledged == []
        inbox.open.set()
        async with connected(telegram, inbox):
            await inbox.wait_for(lambda: inbox.texts == ["还在吗"])


async def test_a_clean_stop_acknowledges_what_is_committed() -> None:
    """After a stop nothing is sent again that need not be."""
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        update = await telegram.write(CHAT, "晚安")
        async with connected(telegram, inbox):
            await inbox.wait_for(lambda: inbox.texts)
        assert telegram.acknowledged == [update]


async def test_a_failing_inbox_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """While the storage fails, the same message is tried again, in order, and its words stay out of the log."""
    inbox = RecordingInbox()
    inbox.failures_left = 5
    async with TelegramDouble() as telegram:
        for index in range(5):
            await telegram.write(CHAT, f"撑不住了{index}")
        async with connected(telegram, inbox):
            await inbox.wait_for(lambda: len(inbox.messages) == 5)
    assert inbox.texts == [f"撑不住了{index}" for index in range(5)]
    assert inbox.attempts == 10
    assert caplog.text.count("is not stored yet") == 5
    assert "撑不住了" not in caplog.text


async def test_malformed_updates_are_recorded_and_passed() -> None:
    """An update that the library cannot read neither stops the others nor loses its words."""
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        await telegram.write(CHAT, "第一句")
        await telegram.inject(message=made.message(CHAT, 50, text="第二句", sticker="broken"))
        await telegram.inject(message="not even a message")
        last = await telegram.write(CHAT, "第四句")
        async with connected(telegram, inbox):
            await telegram.wait_for(lambda: last in telegram.acknowledged)
    assert inbox.texts == ["第一句", "第二句", "第四句"]


async def test_groups_are_acknowledged_in_silence() -> None:
    """A group's messages are neither stored nor answered."""
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        group = made.message(-100200, 3, chat_type="supergroup", text="/start")
        await telegram.inject(message=group)
        query = made.press(-100200, 4, "human", labels={"human": "人工"}, chat_type="supergroup")
        last = await telegram.inject(callback_query=query)
        async with connected(telegram, inbox):
            await telegram.wait_for(lambda: last in telegram.acknowledged)
    assert inbox.attempts == 0
    assert not telegram.calls_of("sendMessage")
    assert not telegram.calls_of("answerCallbackQuery")


async def test_a_pressed_button_is_answered_after_it_is_stored() -> None:
    """The waiting sign on the button ends, once the press is safe."""
    inbox = RecordingInbox()
    inbox.open.clear()
    async with TelegramDouble() as telegram, connected(telegram, inbox):
        await telegram.press(CHAT, "human", labels={"human": "想找人说话"}, press_id="314")
        await inbox.wait_for(lambda: inbox.attempts)
        assert not telegram.calls_of("answerCallbackQuery")
        inbox.open.set()
        await telegram.wait_for(lambda: telegram.calls_of("answerCallbackQuery"))
        assert telegram.calls_of("answerCallbackQuery")[0].params["callback_query_id"] == "314"
        assert (inbox.messages[0].kind, inbox.messages[0].text) == (MessageKind.BUTTON, "想找人说话")


async def test_a_repeated_update_is_stored_once() -> None:
    """An acknowledgement that is lost on the way brings the same updates again."""
    inbox = RecordingInbox()
    content = made.message(CHAT, 60, text="一次")
    async with TelegramDouble() as telegram, connected(telegram, inbox):
        await telegram.inject(message=content)
        await telegram.inject(message=content)
        await inbox.wait_for(lambda: inbox.repeated)
    assert inbox.texts == ["一次"]


async def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    """Killed at ten random moments while 200 updates flow, the receiver has each of them once, in order."""
    dice = random.Random(20260105)
    database = tmp_path / "inbox.db"
    async with TelegramDouble() as telegram:
        for round_ in range(11):
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.integration.telegram_child",
                telegram.base_url,
                TOKEN,
                str(database),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
            )
            assert child.stdout is not None
            if round_ == 10:
                await telegram.wait_for(lambda: len(telegram.acknowledged) == 200, timeout=60)
            else:
                # Twenty messages a round, three printed lines each: the kill falls before, in or after a commit.
                coming = [f"消息{number}" for number in range(round_ * 20, round_ * 20 + 20)]
                for _ in range(dice.randrange(1, 60)):
                    if coming:
                        await telegram.write(CHAT, coming.pop(0))
                    async with asyncio.timeout(60):
                        await child.stdout.readline()
                for text in coming:
                    await telegram.write(CHAT, text)
            child.send_signal(signal.SIGKILL)
            await child.wait()
            stored = _stored(database)
            assert set(telegram.acknowledged) <= {900_000_001 + int(text[2:]) for text in stored}
    assert stored == [f"消息{number}" for number in range(200)]


def _stored(database: Path) -> list[str]:
    """Return the stored texts in the order of their commits."""
    connection = sqlite3.connect(database)
    try:
        return [text for (text,) in connection.execute("SELECT text FROM inbox ORDER BY id")]
    finally:
        connection.close()
