"""The citizen's page in a real browser: who speaks, the card, the way out, settings, and that all can be read."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.page_double import Json, PageDouble
from tests.e2e.phone import Phone, fixture_browser, fixture_double, fixture_phone, phone_of, until  # noqa: F401

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_person_joining_changes_the_header(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    before = await phone.page.locator("#header").evaluate("one => getComputedStyle(one).backgroundColor")
    await double.set_state(owner="person", person="小林")
    await double.say("person", "我是小林。")
    await expect(phone.by("header-name")).to_have_text("小林老师 · 真人值班")
    await expect(phone.page.locator("[data-author=person] .who")).to_have_text("小林老师")
    assert before != await phone.page.locator("#header").evaluate("one => getComputedStyle(one).backgroundColor")
    await double.typing("person")
    await expect(phone.by("status")).to_contain_text("小林老师正在写…")
    await double.say("person", "你现在安全吗？")
    await expect(phone.by("status")).to_have_text("小林老师看得到你写的")
    await double.set_state(owner="bot", person=None)
    await expect(phone.by("header-name")).to_have_text("心桥 · 自动回复程序")


async def test_the_first_words_are_read_from_the_top(browser: Browser, double: PageDouble) -> None:
    phone = await phone_of(browser, double, viewport={"width": 320, "height": 480})
    await phone.open()
    await expect(phone.said("bot").first).to_be_in_viewport(ratio=1)
    await phone.page.get_by_role("button", name="往下还有").click()
    await expect(phone.by("choice").last).to_be_in_viewport(ratio=1)
    await phone.context.close()


async def test_what_is_being_read_is_not_moved_away(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    for number in range(20):
        await double.say("bot", f"第 {number} 句")
    await expect(phone.page.get_by_role("button", name="往下还有")).to_be_visible()
    assert await phone.by("log").evaluate("one => one.scrollTop") == 0
    await phone.by("log").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    await expect(phone.page.get_by_role("button", name="往下还有")).to_be_hidden()
    await double.say("bot", "最后一句")
    await expect(phone.page.get_by_text("最后一句")).to_be_in_viewport(ratio=1)


async def test_the_crisis_card_stays_on_top_and_folds_to_one_line(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await expect(phone.by("pinned-card")).to_be_hidden()
    await phone.write("不想活了")
    await expect(phone.by("pinned-card")).to_contain_text("请先离开药、刀、高处")
    await expect(phone.by("pinned-card").locator("a[href='sms:12110']")).to_be_visible()
    opened = await phone.by("pinned-card").bounding_box()
    await phone.by("card-fold").click()
    folded = await phone.by("pinned-card").bounding_box()
    assert opened
    assert folded
    assert folded["height"] <= 56 < opened["height"]
    for number in ("120", "110", "12356"):
        await expect(phone.by("pinned-card").locator(f"a[href='tel:{number}']").last).to_be_in_viewport()
    await phone.by("card-fold").click()
    await phone.write("在家")
    await expect(phone.by("card-fold")).to_have_attribute("aria-expanded", "false")
    await phone.page.reload()
    await expect(phone.by("card-fold")).to_have_attribute("aria-expanded", "false")
    await double.say("guide", "新的一张卡片，打 120。", pinned=True)
    await expect(phone.by("card-fold")).to_have_attribute("aria-expanded", "true")


async def test_the_numbers_follow_the_place(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await double.set_state(
        numbers=[
            {"number": "999", "name": "緊急求助", "hours": "24 小时"},
            {"number": "2389 2222", "name": "撒瑪利亞", "hours": "24 小时"},
            {"number": "findahelpline.com", "name": "", "hours": ""},
        ]
    )
    await expect(phone.by("numbers").locator("a[href='tel:999']")).to_be_visible()
    await expect(phone.by("numbers").locator("a[href='tel:23892222']")).to_be_visible()
    await expect(phone.by("numbers").locator("a")).to_have_count(2)
    await expect(phone.page.locator("#hours")).to_be_hidden()


@pytest.mark.parametrize("way", ["button", "keys"])
async def test_quick_exit_leaves_at_once_and_leaves_nothing(phone: Phone, double: PageDouble, way: str) -> None:
    await phone.open()
    session = next(iter(double.conversations))
    await phone.by("input").fill("还没写完")
    if way == "button":
        await phone.by("exit").click()
    else:
        await phone.page.keyboard.press("Escape")
        await phone.page.keyboard.press("Escape")
    await expect(phone.page).to_have_url("about:blank")
    await until(phone, lambda: double.left == [session])
    await phone.page.go_back()
    assert await phone.page.locator("[data-testid=message]").count() == 0
    await phone.open()
    assert await phone.by("input").input_value() == ""
    assert len(double.conversations) == 2
    assert await phone.page.evaluate("Object.keys(localStorage).length") == 0


async def test_quick_exit_hands_over_what_was_not_yet_sent(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    double.failure = "503"
    await phone.write("请叫人")
    await expect(phone.by("status")).to_contain_text("会自动重发")
    double.failure = ""
    await phone.by("exit").click()
    await until(phone, lambda: [post["text"] for post in double.posts] == ["请叫人"] and len(double.left) == 1)


async def test_the_language_changes_at_once_and_stays(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await phone.by("language").click()
    await expect(phone.by("header-name")).to_have_text("Xinqiao, a program")
    await expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    await until(phone, lambda: double.conversation.language == "en")
    await phone.page.reload()
    await expect(phone.by("human")).to_have_text("A person")
    await expect(phone.page.locator("html")).to_have_attribute("lang", "en")


async def test_settings_are_saved_one_by_one(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await phone.by("open-settings").click()
    await phone.by("consent-yes").check()
    await phone.by("set-age_group").select_option("60plus")
    await phone.by("set-region").select_option("310000")
    await phone.by("set-emergency_contact").fill("女儿 13800000000")
    await phone.by("set-outside_mainland").select_option("hk")
    await expect(phone.by("set-region")).to_have_count(0)
    await expect(phone.by("settings-status")).to_have_text("已保存")
    assert double.conversation.profile == {
        "consent": True,
        "outside_mainland": "hk",
        "age_group": "60plus",
        "region": "310000",
        "emergency_contact": "女儿 13800000000",
    }
    await phone.page.reload()
    await phone.by("open-settings").click()
    await expect(phone.by("consent-yes")).to_be_checked()
    await expect(phone.by("set-emergency_contact")).to_have_value("女儿 13800000000")
    await expect(phone.by("input")).to_be_in_viewport()


async def test_the_place_is_sent_only_when_the_browser_may_tell_it(browser: Browser, double: PageDouble) -> None:
    phone = await phone_of(browser, double, geolocation={"latitude": 31.2, "longitude": 121.5})
    await phone.open()
    await phone.by("open-settings").click()
    await phone.by("send-location").click()
    await expect(phone.by("settings-status")).to_contain_text("没有给位置")
    await phone.context.grant_permissions(["geolocation"])
    await phone.by("send-location").click()
    await phone.delivered(1)
    assert double.posts[0]["location"] == {"latitude": 31.2, "longitude": 121.5}
    await expect(phone.said("citizen")).to_have_text(["我发送了我的位置"])
    await phone.context.close()


async def test_breathing_is_paced_in_words_without_motion(browser: Browser, double: PageDouble) -> None:
    phone = await phone_of(browser, double, reduced_motion="reduce")
    await phone.page.clock.install()
    await phone.open()
    await double.say("bot", "慢慢来。", exercise={"kind": "breathing", "inhale_s": 4, "exhale_s": 6, "rounds": 2})
    await phone.by("exercise").get_by_role("button").click()
    await phone.page.clock.run_for(700)
    await expect(phone.by("exercise")).to_contain_text("慢慢吸气")
    await expect(phone.page.locator(".circle")).to_be_hidden()
    await phone.page.clock.run_for(4000)
    await expect(phone.by("exercise")).to_contain_text("慢慢呼气")
    await phone.page.clock.run_for(17000)
    await expect(phone.by("exercise")).to_contain_text("好了，照平常呼吸就行")
    await phone.context.close()


async def test_grounding_goes_one_sense_at_a_time(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    await double.say("bot", "看看身边。", exercise={"kind": "grounding_54321"})
    for words in ("5 样", "4 样", "3 种", "2 种", "1 种", "歇一下"):
        await phone.by("exercise").get_by_role("button").click()
        await expect(phone.by("exercise")).to_contain_text(words)


async def test_without_scripts_there_are_the_numbers(browser: Browser, double: PageDouble) -> None:
    phone = await phone_of(browser, double, java_script_enabled=False)
    await phone.page.goto(phone.address + "/")
    await expect(phone.page.locator(".no-script")).to_contain_text("可以直接打电话")
    await expect(phone.page.locator(".no-script a[href='tel:12356']")).to_be_visible()
    await phone.context.close()


CHECK_TEXTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const shine = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const seen = [...document.querySelectorAll('body *')].filter((one) => one.offsetParent && one.offsetWidth > 1 &&
    [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const pale = seen.map((one) => {
    const [a, b] = [shine(parse(getComputedStyle(one).color)), shine(ground(one))].sort((x, y) => y - x);
    return [one.textContent.slice(0, 20), (a + 0.05) / (b + 0.05)];
  }).filter(([, ratio]) => ratio < 7);
  const controls = [...document.querySelectorAll('button, #numbers a, #card-numbers a, select, textarea, input')]
    .filter((one) => one.offsetParent);
  const small = controls.filter((one) => one.type !== 'radio' &&
    (one.offsetHeight < 44 || one.offsetWidth < 30)).map((one) => one.outerHTML.slice(0, 80));
  const nameless = controls.filter((one) => !(one.textContent.trim() || one.ariaLabel || (one.labels || []).length))
    .map((one) => one.outerHTML.slice(0, 80));
  return {pale, small, nameless, wide: document.documentElement.scrollWidth > innerWidth};
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
async def test_texts_are_readable_and_buttons_large(
    browser: Browser, double: PageDouble, scheme: str, locale: str
) -> None:
    phone = await phone_of(browser, double, color_scheme=scheme, locale=locale)
    await phone.open()
    fine: Json = {"pale": [], "small": [], "nameless": [], "wide": False}
    assert await phone.page.evaluate(CHECK_TEXTS) == fine
    await phone.write("不想活了")
    await expect(phone.by("pinned-card")).to_be_visible()
    await double.set_state(owner="person", person="小林")
    await double.say("person", "我在。")
    double.failure = "refuse"
    await phone.write("太长")
    await expect(phone.by("resend")).to_be_visible()
    assert await phone.page.evaluate(CHECK_TEXTS) == fine
    await phone.by("open-settings").click()
    await expect(phone.by("set-region")).to_be_attached()
    assert await phone.page.evaluate(CHECK_TEXTS) == fine
    await phone.context.close()


@pytest.mark.parametrize("size", [(320, 480), (375, 340), (667, 375), (1280, 720)])
async def test_the_ways_to_help_are_in_sight_on_every_screen(
    browser: Browser, double: PageDouble, size: tuple[int, int]
) -> None:
    phone = await phone_of(browser, double, viewport={"width": size[0], "height": size[1]})
    await phone.open()
    await phone.write("不想活了")
    await expect(phone.by("pinned-card")).to_be_visible()
    await phone.by("open-settings").click()
    await phone.by("input").fill("\n".join("一二三四五六七"))
    for name in ("human", "exit", "input", "send"):
        await expect(phone.by(name)).to_be_in_viewport(ratio=1)
    await expect(phone.by("numbers").locator("a").last).to_be_in_viewport(ratio=1)
    await phone.context.close()


async def test_a_reader_of_the_screen_hears_every_message_once(phone: Phone, double: PageDouble) -> None:
    await phone.open()
    log = phone.by("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await phone.page.evaluate(
        """() => {
          window.heard = [];
          new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach((node) =>
            window.heard.push(node.textContent)))).observe(
              document.querySelector('#log'), {childList: true, subtree: true});
        }"""
    )
    double.answer = None
    await phone.write("听得到吗")
    await phone.delivered(1)
    await double.say("bot", "听得到。")
    await expect(phone.page.get_by_text("听得到。")).to_be_visible()
    heard = await phone.page.evaluate("window.heard")
    assert sum("听得到吗" in one for one in heard) == 1
    assert sum("听得到。" in one for one in heard) == 1
    await expect(log).to_have_role("log")
    await expect(log).to_have_accessible_name("对话")
