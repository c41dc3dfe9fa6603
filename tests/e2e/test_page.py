"""The citizen's page in a real browser: whatever fails, no message is lost and none is doubled."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.page_double import PageDouble
from tests.e2e.phone import Phone, fixture_browser, fixture_double, fixture_phone  # noqa: F401

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_first_look(phone: Phone) -> None:
    await phone.open()
    await expect(phone.by("header-name")).to_have_text("心桥 · 自动回复程序")
    await expect(phone.by("choice")).to_have_count(4)
    await expect(phone.by("human")).to_be_in_viewport()
    for number in ("120", "110", "12356"):
        await expect(phone.by("numbers").locator(f"a[href='tel:{number}']")).to_be_in_viewport()
    assert await phone.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert await phone.context.cookies() != []
    assert {cookie["name"] for cookie in await phone.context.cookies()} == {"xq"}


async def test_what_is_written_arrives_once_and_is_said_to_have_arrived(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.answer = None
    await phone.write("我睡不着")
    await phone.delivered(1)
    await expect(phone.by("status")).to_contain_text("已送达")
    assert (await phone.texts()).count("我睡不着") == 1
    assert len(double.posts) == 1


async def test_enter_sends_but_not_while_the_input_method_composes(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await phone.by("input").focus()
    cdp = await phone.context.new_cdp_session(phone.page)
    await cdp.send("Input.imeSetComposition", {"text": "shui", "selectionStart": 4, "selectionEnd": 4})
    key = {"key": "Enter", "code": "Enter", "bubbles": True, "cancelable": True}
    for while_composing in ({"isComposing": True}, {"keyCode": 229}):
        await phone.page.evaluate(
            "facts => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', facts))", key | while_composing
        )
    assert double.posts == []
    await cdp.send("Input.insertText", {"text": "睡不着"})
    await phone.page.keyboard.press("Shift+Enter")
    await phone.page.keyboard.type("很久了")
    await phone.page.keyboard.press("Enter")
    await phone.delivered(1)
    assert [post["text"] for post in double.posts] == ["睡不着\n很久了"]


async def test_only_the_latest_message_has_choices(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await phone.by("choice").filter(has_text="我睡不着").click()
    await expect(phone.by("choice")).to_have_text(["松了一点", "还是很清醒"])
    await phone.delivered(1)
    assert double.posts[0]["payload"] == "flow:sleep"
    await phone.write("还在想事情")
    await expect(phone.by("choice")).to_have_count(0)


async def test_a_very_long_message_is_sent_whole(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await phone.write("长" * 6000)
    await phone.delivered(1)
    assert double.posts[0]["text"] == "长" * 6000


async def test_a_person_is_one_tap_away(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await phone.by("human").dblclick()
    await expect(phone.said("citizen")).to_have_text(["人工"])
    await expect(phone.by("status")).to_contain_text("已排队等老师")
    assert [post["payload"] for post in double.posts] == ["human"]


async def test_messages_written_while_the_server_fails_survive_a_reload(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.answer = None
    double.failure = "503"
    for text in ("一", "二", "三"):
        await phone.write(text)
    await expect(phone.by("status")).to_contain_text("会自动重发")
    await phone.page.reload()
    await expect(phone.said("citizen")).to_have_text(["一", "二", "三"])
    double.failure = ""
    await phone.delivered(3)
    assert [one["text"] for one in double.conversation.messages if one["author"] == "citizen"] == ["一", "二", "三"]
    assert await phone.page.evaluate("Object.keys(localStorage)") == []


async def test_words_written_before_the_first_answer_are_sent_later(phone: Phone, double: PageDouble) -> None:
    double.failure = "503"
    await phone.page.goto(phone.address + "/")
    await phone.write("有人吗")
    await expect(phone.by("status")).to_contain_text("没有回应")
    double.failure = ""
    await phone.delivered(1)
    assert [post["text"] for post in double.posts] == ["有人吗"]


async def test_a_lost_acknowledgement_doubles_nothing(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.answer = None
    await double.drop_sockets()
    double.websocket = False
    double.failure = "stored_but_silent"
    await phone.write("只说一次")
    await phone.delivered(1)
    stored = [one for one in double.conversation.messages if one["author"] == "citizen"]
    assert len(stored) == 1
    assert (await phone.texts()).count("只说一次") == 1


async def test_no_network_is_said_and_waited_out(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.answer = None
    await phone.context.set_offline(True)
    await double.drop_sockets()
    await phone.write("断网了")
    await phone.write("第二句")
    await expect(phone.by("status")).to_have_text("没有网络，会自动重发")
    await phone.context.set_offline(False)
    await phone.delivered(2)
    assert [post["text"] for post in double.posts] == ["断网了", "第二句"]


async def test_without_websocket_the_page_asks_every_four_seconds(phone: Phone, double: PageDouble) -> None:
    double.websocket = False
    await phone.open()
    double.conversation.add("bot", "从轮询来的")
    await expect(phone.page.get_by_text("从轮询来的")).to_have_count(1, timeout=8000)


async def test_a_restart_of_the_server_loses_and_doubles_nothing(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    port = double.port
    double.answer = None
    await double.stop()
    await phone.write("重启的时候写的")
    double.conversation.add("person", "我在。")
    await expect(phone.by("status")).to_contain_text("没有网络")
    await double.start(port)
    await phone.delivered(1)
    await expect(phone.said("person")).to_have_text(["我在。"])
    texts = await phone.texts()
    assert len(texts) == len(set(texts)) == 5


async def test_a_reply_that_is_committed_late_takes_its_place(phone: Phone, double: PageDouble) -> None:
    double.websocket = False
    await phone.open()
    late = double.conversation.add("bot", "先写的，后提交的")
    double.conversation.add("bot", "后写的，先提交的")
    double.conversation.messages.remove(late)
    await expect(phone.page.get_by_text("后写的，先提交的")).to_be_visible(timeout=8000)
    double.conversation.messages.insert(-1, late)
    await expect(phone.page.get_by_text("先写的，后提交的")).to_be_visible(timeout=8000)
    assert (await phone.texts())[-2:] == ["先写的，后提交的", "后写的，先提交的"]


async def test_a_lost_session_is_begun_again_with_what_was_not_sent(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.conversations.clear()
    await double.drop_sockets()
    await phone.write("还在吗")
    await phone.delivered(1)
    assert [post["text"] for post in double.posts] == ["还在吗"]


async def test_what_another_visitor_left_unsent_is_not_sent_for_this_one(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.failure = "503"
    await phone.write("上一个人写的")
    await expect(phone.by("status")).to_contain_text("会自动重发")
    await phone.page.goto("about:blank")
    await phone.context.clear_cookies()
    double.failure = ""
    await phone.open()
    assert len(double.conversations) == 2
    await phone.write("我写的")
    await phone.delivered(1)
    assert [post["text"] for post in double.posts] == ["我写的"]
    assert await phone.page.evaluate("Object.keys(localStorage)") == []


async def test_two_tabs_show_the_same_and_send_nothing_twice(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.answer = None
    other = await phone.context.new_page()
    await other.goto(phone.address + "/")
    await expect(other.get_by_test_id("choice")).to_have_count(4)
    double.failure = "503"
    await phone.write("两个窗口")
    await expect(phone.by("status")).to_contain_text("会自动重发")
    await other.reload()
    double.failure = ""
    await phone.delivered(1)
    await expect(other.locator("[data-author=citizen][data-position]")).to_have_count(1)
    assert len([one for one in double.conversation.messages if one["author"] == "citizen"]) == 1


async def test_a_refused_message_is_kept_and_can_be_tried_again(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.answer = None
    double.failure = "refuse"
    await phone.write("太长的话")
    await expect(phone.page.get_by_text("这条太长")).to_be_visible()
    await phone.page.reload()
    await expect(phone.page.get_by_text("这条太长")).to_be_visible()
    await expect(phone.by("choice")).to_have_count(4)
    double.failure = ""
    await phone.write("短一点")
    await expect(phone.page.locator("[data-state=refused]")).to_have_count(1)
    await phone.by("resend").click()
    await phone.delivered(2)
    assert [post["text"] for post in double.posts] == ["短一点", "太长的话"]
