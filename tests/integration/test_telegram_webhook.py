"""Updates that Telegram posts to our own server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from bot.channels.port import Outbound, RetryLater
from bot.channels.telegram import Mode, TelegramChannel
from core.errors import SettingsError
from tests.doubles import telegram_updates as made
from tests.doubles.recording_inbox import RecordingInbox
from tests.doubles.telegram_api import TOKEN, TelegramDouble
from tests.integration.telegram_channel import COMMANDS, QUICK

CHAT = 5550001
SECRET = "a-secret_of_32_characters_or_so1"


class Setting:
    """A server of ours with the webhook in it, and the double that posts to it."""

    def __init__(self) -> None:
        """Hold what the fixture fills in."""
        self.telegram = TelegramDouble()
        self.inbox = RecordingInbox()
        self.channel: TelegramChannel

    async def post(self, number: int, text: str, *, secret: str | None = None) -> int:
        """Let a citizen write and return how we answer Telegram."""
        update = {"update_id": 100 + number, "message": made.message(CHAT, number, text=text)}
        return await self.telegram.post_webhook(update, secret=secret)


@pytest.fixture
async def setting() -> AsyncIterator[Setting]:
    """Run a server with a webhook that is registered with the double."""
    made_ = Setting()
    app = web.Application()

    async def handle(request: web.Request) -> web.Response:
        return await made_.channel.webhook_handler(request)

    app.router.add_post("/telegram/{secret}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with made_.telegram:
        made_.channel = TelegramChannel(
            token=TOKEN,
            inbox=made_.inbox,
            commands=COMMANDS,
            base_url=made_.telegram.base_url,
            mode=Mode.WEBHOOK,
            public_url=f"http://127.0.0.1:{runner.addresses[0][1]}/",
            webhook_secret=SECRET,
            pace=QUICK,
        )
        await made_.channel.start()
        await made_.telegram.wait_for(lambda: made_.telegram.webhook)
        yield made_
        await made_.channel.stop()
    await runner.cleanup()


async def test_it_is_registered(setting: Setting) -> None:
    """Telegram learns the address, the secret, and which updates are wanted."""
    webhook = setting.telegram.webhook
    assert webhook["url"].endswith(setting.channel.webhook_path)
    assert SECRET not in webhook["url"]
    assert webhook["secret_token"] == SECRET
    assert webhook["allowed_updates"] == '["message", "edited_message", "callback_query"]'
    assert not setting.telegram.calls_of("getUpdates")


async def test_200_means_committed(setting: Setting) -> None:
    """The answer comes after the commit; a repeat is stored once and answered well."""
    assert await setting.post(1, "你好") == 200
    assert setting.inbox.texts == ["你好"]
    assert await setting.post(1, "你好") == 200
    assert setting.inbox.texts == ["你好"]


async def test_a_failing_inbox_is_answered_with_503(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    """Telegram then repeats the update, and nothing is lost."""
    setting.inbox.failures_left = 2
    answers = [await setting.post(1, "我撑不住了") for _ in range(3)]
    assert answers == [503, 503, 200]
    assert setting.inbox.texts == ["我撑不住了"]
    assert "我撑不住了" not in caplog.text


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1]])
async def test_a_wrong_secret(setting: Setting, secret: str) -> None:
    """Who does not know the secret is turned away and leaves nothing."""
    assert await setting.post(1, "假的", secret=secret) == 403
    assert setting.inbox.attempts == 0


async def test_malformed_and_foreign_updates(setting: Setting) -> None:
    """An unreadable update is recorded, a group's is passed, and what is no update is refused."""
    post = setting.telegram.post_webhook
    broken = {"update_id": 5, "message": made.message(CHAT, 5, text="救我", sticker="broken")}
    assert await post(broken) == 200
    assert setting.inbox.texts == ["救我"]
    assert await post({"update_id": 6, "message": made.message(-1, 6, chat_type="group", text="x")}) == 200
    assert await post({"no": "update"}) == 400
    async with (
        ClientSession(headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as session,
        session.post(setting.telegram.webhook["url"], data=b"{") as answer,
    ):
        assert answer.status == 400
    assert setting.inbox.texts == ["救我"]


async def test_when_the_channel_is_off(setting: Setting) -> None:
    """After the stop Telegram keeps the updates."""
    await setting.channel.stop()
    assert await setting.post(1, "你好") == 503
    assert setting.telegram.webhook


async def test_a_token_that_is_refused_on_the_way_out(setting: Setting) -> None:
    """With no polling to notice it, a send does; and the webhook is registered again when the token is good."""
    registered = len(setting.telegram.calls_of("setWebhook"))
    setting.telegram.revoked = True
    with pytest.raises(RetryLater):
        await setting.channel.deliver(Outbound("m1", str(CHAT), "在吗"))
    assert setting.channel.state == "failed: unauthorized"
    setting.telegram.revoked = False
    await setting.telegram.wait_for(lambda: len(setting.telegram.calls_of("setWebhook")) > registered)


async def test_a_press_is_answered(setting: Setting) -> None:
    """Buttons work as they do when polling."""
    query = made.press(CHAT, 9, "menu", labels={"menu": "看看菜单"}, press_id="27")
    assert await setting.telegram.post_webhook({"update_id": 9, "callback_query": query}) == 200
    await setting.telegram.wait_for(lambda: setting.telegram.calls_of("answerCallbackQuery"))
    assert setting.inbox.texts == ["看看菜单"]


@pytest.mark.parametrize(("secret", "url"), [("short", "https://x"), ("with spaces in it, and long", "https://x")])
def test_a_wrong_secret_in_the_settings(secret: str, url: str) -> None:
    """What Telegram would not accept is refused at once."""
    with pytest.raises(SettingsError):
        TelegramChannel(
            token=TOKEN,
            inbox=RecordingInbox(),
            commands=COMMANDS,
            mode=Mode.WEBHOOK,
            public_url=url,
            webhook_secret=secret,
        )


def test_a_webhook_needs_an_address() -> None:
    """Without the public address there is nothing to register."""
    with pytest.raises(SettingsError):
        TelegramChannel(
            token=TOKEN, inbox=RecordingInbox(), commands=COMMANDS, mode=Mode.WEBHOOK, webhook_secret=SECRET
        )
