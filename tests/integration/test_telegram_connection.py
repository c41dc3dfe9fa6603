"""The channel's connection through outages, refusals and rivals; and what it says about them."""

from __future__ import annotations

import logging

import pytest

from bot.channels.port import Channel, Outbound
from bot.channels.telegram import TelegramChannel
from core.errors import SettingsError
from core.messages import ChannelName
from tests.doubles.recording_inbox import RecordingInbox
from tests.doubles.telegram_api import TOKEN, Fault, TelegramDouble
from tests.integration.telegram_channel import COMMANDS, States, connected

CHAT = 5550001


async def test_it_is_a_channel() -> None:
    """It fits the port, and is off until it is started."""
    channel: Channel = TelegramChannel(token="1:x", inbox=RecordingInbox(), commands=COMMANDS)
    assert channel.name is ChannelName.TELEGRAM
    assert TelegramChannel(token="1:x", inbox=RecordingInbox(), commands=COMMANDS).state == "off"
    await channel.stop()


async def test_it_comes_up_and_registers_the_commands() -> None:
    """Each language has its own menu, apps of other languages see both."""
    states = States()
    async with TelegramDouble() as telegram:
        async with connected(telegram, RecordingInbox(), states=states) as channel:
            await states.reach("ready")
            await telegram.wait_for(lambda: len(telegram.commands) == 3)
        assert channel.state == "off"
    assert set(telegram.commands) == {"", "zh", "en"}
    first = {language: menu[0] for language, menu in telegram.commands.items()}
    assert first["zh"] == {"command": "human", "description": "想找真人说话"}
    assert first["en"] == {"command": "human", "description": "Talk to a person"}
    assert first[""]["description"] == "想找真人说话 · Talk to a person"


async def test_commands_that_are_not_taken_do_not_stop_it() -> None:
    """Messages come in meanwhile, and the commands are offered again."""
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        telegram.fail("setMyCommands", *[Fault(status=500)] * 5)
        await telegram.write(CHAT, "你好")
        async with connected(telegram, inbox):
            await inbox.wait_for(lambda: inbox.texts)
            await telegram.wait_for(lambda: len(telegram.commands) == 3)


async def test_an_unreachable_telegram_at_the_start() -> None:
    """The start does not fail; what was written meanwhile comes in when Telegram is back."""
    inbox = RecordingInbox()
    telegram = await TelegramDouble().start()
    await telegram.stop()
    async with connected(telegram, inbox) as channel:
        assert channel.state == "connecting"
        await telegram.write(CHAT, "有人吗")
        await telegram.start()
        await inbox.wait_for(lambda: inbox.texts)
        assert channel.state == "ready"
    await telegram.stop()


async def test_an_outage_while_it_runs() -> None:
    """It shows while it lasts and heals by itself."""
    states = States()
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram, connected(telegram, inbox, states=states):
        await telegram.wait_for(lambda: telegram.calls_of("getUpdates"))
        await telegram.stop()
        await states.reach("connecting")
        await telegram.write(CHAT, "还在吗")
        await telegram.start()
        await inbox.wait_for(lambda: inbox.texts)
        await states.reach("ready")


async def test_a_refused_token() -> None:
    """It shows, with no message lost when the token is accepted again."""
    states = States()
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        telegram.revoked = True
        async with connected(telegram, inbox, states=states):
            await states.reach("failed: unauthorized")
            telegram.revoked = False
            await states.reach("ready")
            await telegram.wait_for(lambda: telegram.calls_of("getUpdates"))
            telegram.revoked = True
            await telegram.write(CHAT, "一")
            await states.reach("failed: unauthorized")
            telegram.revoked = False
            await telegram.write(CHAT, "二")
            await inbox.wait_for(lambda: inbox.texts == ["一", "二"])
            await states.reach("ready")


async def test_a_second_receiver_with_the_same_token() -> None:
    """Two processes with one token disturb each other, and it shows."""
    inbox, states = RecordingInbox(), States()
    async with (
        TelegramDouble() as telegram,
        connected(telegram, inbox, states=states),
        connected(telegram, inbox, states=states),
    ):
        await states.reach("failed: conflict")


async def test_start_and_stop_again() -> None:
    """A channel can be stopped twice and started again."""
    states = States()
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        async with connected(telegram, inbox, states=states) as channel:
            await channel.start()
            await states.reach("ready")
            await channel.stop()
            assert channel.state == "off"
            await telegram.write(CHAT, "你好")
            await channel.start()
            await inbox.wait_for(lambda: inbox.texts)
        await channel.stop()


@pytest.mark.parametrize("token", ["", "no colon", "x:1", ":x"])
def test_a_token_of_a_wrong_form(token: str) -> None:
    """It is refused at once, without being quoted."""
    with pytest.raises(SettingsError) as caught:
        TelegramChannel(token=token, inbox=RecordingInbox(), commands=COMMANDS)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
async def test_the_token_is_never_logged(caplog: pytest.LogCaptureFixture, level: int) -> None:
    """Not in traffic, not in failures, not at any level; and no citizen's words either."""
    states = States()
    caplog.set_level(level)
    inbox = RecordingInbox()
    async with TelegramDouble() as telegram:
        telegram.fail("getMe", Fault(status=401, description="Unauthorized"))
        telegram.fail("setMyCommands", Fault(status=500))
        telegram.fail("getUpdates", Fault(status=502, page=True), Fault(status=500))
        await telegram.write(CHAT, "我的秘密")
        async with connected(telegram, inbox, states=states) as channel:
            await inbox.wait_for(lambda: inbox.texts)
            await channel.deliver(Outbound("m1", str(CHAT), "我听到了"))
            telegram.revoked = True
            await telegram.write(CHAT, "我的秘密")
            await states.reach("failed: unauthorized")
            logging.getLogger("elsewhere").warning("%r at %s%s", channel, telegram.base_url, TOKEN)
            logging.getLogger("elsewhere").warning("%r", vars(channel))
    assert "Telegram is now: failed: unauthorized." in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text
    assert "我的秘密" not in caplog.text
    assert "我听到了" not in caplog.text


async def test_without_silence_the_token_would_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The proof that the test above can fail: httpx, left alone, prints it."""
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    caplog.set_level(logging.INFO)
    try:
        async with TelegramDouble() as telegram, connected(telegram, RecordingInbox()):
            logging.setLogRecordFactory(logging.LogRecord)
            logging.getLogger("httpx").setLevel(logging.INFO)
            await telegram.wait_for(lambda: telegram.calls_of("getUpdates"))
        assert TOKEN in caplog.text
    finally:
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.setLogRecordFactory(factory)
