"""What becomes of messages on their way out, with the library's real client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels.port import DeliveryError, Outbound, RetryLater, Uncertain, Undeliverable
from bot.channels.telegram import TelegramChannel
from core.messages import Button
from tests.doubles.recording_inbox import RecordingInbox
from tests.doubles.telegram_api import BOT_ID, Fault, FaultKind, TelegramDouble
from tests.integration.telegram_channel import COMMANDS, QUICK, connected

CHAT = 5550001
HELLO = Outbound("m1", str(CHAT), "我在。今晚睡得怎么样?")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramDouble]:
    """Run a double."""
    async with TelegramDouble() as double:
        yield double


@pytest.fixture
async def channel(telegram: TelegramDouble) -> AsyncIterator[TelegramChannel]:
    """Run a channel on the double."""
    async with connected(telegram, RecordingInbox()) as running:
        yield running


async def test_a_message_with_buttons(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """Text goes out as it is, never as markup, with one button a row and no previews of pages."""
    buttons = (Button("还是睡不着", "flow:sleep"), Button("想找人说话", "human"))
    sent_id = await channel.deliver(replace(HELLO, text="*星号* <b>_x_ https://example.org", buttons=buttons))
    sent = telegram.sent[0]
    assert sent_id == f"{BOT_ID}:{CHAT}:{sent.message_id}"
    assert sent.text == "*星号* <b>_x_ https://example.org"
    assert sent.buttons == [("还是睡不着", "flow:sleep"), ("想找人说话", "human")]
    params = telegram.calls_of("sendMessage")[0].params
    assert "parse_mode" not in params
    assert params["link_preview_options"] == '{"is_disabled": true}'
    assert params["reply_markup"].count("[{") == 2


async def test_a_long_message_goes_out_in_order(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """The parts keep their order and the last has the buttons."""
    text = "\n\n".join(f"第{index}段。" + "字" * 990 for index in range(9))
    await channel.deliver(replace(HELLO, text=text, buttons=(Button("好", "ok"),)))
    assert len(telegram.sent) == 3
    assert "".join("".join(sent.text for sent in telegram.sent).split()) == "".join(text.split())
    assert [len(sent.buttons) for sent in telegram.sent] == [0, 0, 1]


async def test_a_repeat_goes_on_where_it_broke_off(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """A part that has arrived is not sent again when a later one failed."""
    message = replace(HELLO, text="一" * 4000 + "\n" + "二" * 4000 + "\n" + "三" * 4000)
    telegram.fail("sendMessage", Fault(FaultKind.PASS), Fault(status=500), Fault(FaultKind.PASS), Fault(status=500))
    for _ in range(2):
        with pytest.raises(RetryLater):
            await channel.deliver(message)
    await channel.deliver(message)
    assert [sent.text[0] for sent in telegram.sent] == ["一", "二", "三"]


async def test_only_the_uncertain_part_may_come_twice(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """When a part may have arrived, a repeat begins with that part."""
    message = replace(HELLO, text="一" * 4000 + "\n" + "二" * 4000)
    telegram.fail("sendMessage", Fault(FaultKind.PASS), Fault(FaultKind.DROP))
    with pytest.raises(Uncertain):
        await channel.deliver(message)
    await channel.deliver(message)
    assert [sent.text[0] for sent in telegram.sent] == ["一", "二", "二"]


@pytest.mark.parametrize(
    ("fault", "expected", "arrived"),
    [
        (Fault(status=429, description="Too Many Requests: retry after 7", retry_after=7), RetryLater, 0),
        (Fault(status=403, description="Forbidden: bot was blocked by the user"), Undeliverable, 0),
        (Fault(status=403, description="Forbidden: user is deactivated"), Undeliverable, 0),
        (Fault(status=400, description="Bad Request: chat not found"), Undeliverable, 0),
        (Fault(status=400, description="Bad Request: something else"), Undeliverable, 0),
        (Fault(status=401, description="Unauthorized"), RetryLater, 0),
        (Fault(status=500), RetryLater, 0),
        (Fault(status=502, page=True), RetryLater, 0),
        (Fault(FaultKind.HANG), Uncertain, 1),
        (Fault(FaultKind.DROP), Uncertain, 1),
        (Fault(FaultKind.GARBAGE), Uncertain, 1),
    ],
)
async def test_what_a_failure_means(
    telegram: TelegramDouble,
    channel: TelegramChannel,
    fault: Fault,
    expected: type[DeliveryError],
    arrived: int,
) -> None:
    """Only a failure after which the message may be there is called uncertain."""
    telegram.fail("sendMessage", fault)
    with pytest.raises(expected) as caught:
        await channel.deliver(HELLO)
    assert type(caught.value) is expected
    assert len(telegram.sent) == arrived
    assert telegram.token not in str(caught.value)
    if fault.retry_after:
        assert caught.value.data["seconds"] == 7.0
    await telegram.release_hanging()


async def test_why_it_is_undeliverable(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """Staff see whether the citizen blocked the bot or the chat is gone."""
    telegram.blocked.add(1)
    telegram.missing.add(2)
    reasons = []
    for address, text in (("1", "x"), ("2", "x"), ("nobody", "x"), ("3", " ")):
        with pytest.raises(Undeliverable) as caught:
            await channel.deliver(replace(HELLO, address=address, text=text))
        reasons.append(caught.value.data["reason"])
    assert reasons == ["blocked", "gone", "rejected", "rejected"]


async def test_rejected_buttons_do_not_hold_back_the_words(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """A keyboard that Telegram refuses is left out, for a crisis message must arrive."""
    await channel.deliver(replace(HELLO, buttons=(Button("太长", "x" * 65),)))
    assert [(sent.text, sent.buttons) for sent in telegram.sent] == [(HELLO.text, [])]


async def test_an_unreachable_telegram(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """A connection that is refused means that nothing was sent."""
    await telegram.stop()
    with pytest.raises(RetryLater):
        await channel.deliver(HELLO)
    await channel.typing(str(CHAT))
    await telegram.start()
    await channel.deliver(HELLO)
    assert len(telegram.sent) == 1


async def test_a_channel_that_is_off() -> None:
    """Before the start and after the stop, messages wait."""
    channel = TelegramChannel(token="1:x", inbox=RecordingInbox(), commands=COMMANDS, pace=QUICK)
    with pytest.raises(RetryLater):
        await channel.deliver(HELLO)
    await channel.typing(str(CHAT))


async def test_the_typing_sign(telegram: TelegramDouble, channel: TelegramChannel) -> None:
    """It is shown, and its failure is nobody's trouble."""
    telegram.fail("sendChatAction", Fault(status=403, description="Forbidden: bot was blocked by the user"))
    await channel.typing(str(CHAT))
    await channel.typing(str(CHAT))
    await channel.typing("nobody")
    assert [call.params["action"] for call in telegram.calls_of("sendChatAction")] == ["typing", "typing"]
