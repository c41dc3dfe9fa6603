"""The level after each turn: evidence in pieces, answers to the service's questions, and what never lowers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.risk import Level
from nlu.graded import own_sets
from nlu.triage import load_engine
from nlu.triage.lines import triage_conversation

ENGINE = load_engine(Path(__file__).parents[2] / "data")
WISH = "你现在有自杀的想法吗？"
WHEN = "有没有想过大概什么时候？"
HOW = "你有想过怎么做吗？"
MEANS = "身边有会伤到自己的东西吗？"
SAFE = "你现在安全吗？"
MENU = "请选：1 只是念头 2 有办法但没定时间 3 今天或这两天"
MENU_EN = "Please choose: 1 only thoughts 2 a way, no time 3 today or the next two days"

# Each turn: what the service said before it (or nothing), what the citizen said, and the levels that are right.
Turn = tuple[str, str, str]
TALKS: dict[str, list[Turn]] = {
    "tonight": [("", "我不想活了", "L2"), (WHEN, "今晚", "L4")],
    "tonight, loosely": [("", "活着没意思 想死", "L2"), (WHEN, "就今晚吧", "L4"), ("", "算了 没事", "L4")],
    "later": [("", "我不想活了", "L2"), (WHEN, "等过完年", "L3")],
    "no time": [("", "我不想活了", "L2"), (WHEN, "没想过", "L2"), (HOW, "也没有", "L2")],
    "not tonight": [("", "我不想活了", "L2"), (WHEN, "不是今晚", "L2 L3")],
    "the balcony": [("", "没有我他们更好", "L2"), (HOW, "想过 跳下去", "L3")],
    "pills on the table": [("", "我想自杀", "L2"), (MEANS, "有 药就在桌上", "L3")],
    "no means": [("", "我想自杀", "L2"), (MEANS, "没有", "L2")],
    "not safe": [("", "我想自杀", "L2"), (SAFE, "不安全", "L3")],
    "safe": [("", "我想自杀", "L2"), (SAFE, "安全的", "L2")],
    "yes, sometimes": [("", "最近好累", "L0 L1"), (WISH, "有时候会", "L2")],
    "yes": [("", "最近好累", "L0 L1"), (WISH, "嗯", "L2")],
    "yes, there is": [("", "最近好累", "L0 L1"), (WISH, "有", "L2")],
    "no": [("", "最近好累", "L0 L1"), (WISH, "没有", "L0 L1")],
    "no, not that": [("", "最近好累", "L0 L1"), (WISH, "没有没有 你想多了", "L0 L1")],
    "number three": [("", "我不想活了", "L2"), (MENU, "3", "L4")],
    "number two": [("", "我不想活了", "L2"), (MENU, "选2", "L3")],
    "number one": [("", "我不想活了", "L2"), (MENU, "1", "L2")],
    "third one": [("", "我不想活了", "L2"), (MENU, "第三个", "L4")],
    "round three": [("", "我不想活了", "L2"), (MENU, "③", "L4")],
    "full width three": [("", "我不想活了", "L2"), (MENU, "３。", "L4")],
    "three in English": [("", "i want to die", "L2"), (MENU_EN, "3", "L4")],
    "a number without a menu": [("", "在吗", "L0"), ("", "3", "L0"), ("", "666", "L0")],
    "pills, in two": [("", "我把药", "L0"), ("", "都吃了", "L4")],
    "pills, in three": [("", "我把那瓶", "L0"), ("", "安眠药", "L0 L1 L2 L3"), ("", "全吞了", "L4")],
    "bridge, in three": [("", "我在", "L0"), ("", "桥上", "L0 L1 L2"), ("", "不想回头了", "L4 L3")],
    "wish, in two": [("", "我真的", "L0"), ("", "不想活了", "L2")],
    "joke": [("", "我想死", "L2"), ("", "哈哈哈逗你的", "L2"), ("", "真的开玩笑", "L2")],
    "torn up": [("", "遗书写好了", "L3"), ("", "已经撕了", "L3"), ("", "我没事了 谢谢", "L3")],
    "news": [("", "网上看到有人跳楼", "L0 L1"), ("", "好勇敢", "L1 L2"), ("", "我也想像他那样", "L2")],
    "a friend who is I": [("", "我有个朋友不想活了", "L2"), ("", "其实那个朋友就是我", "L2")],
    "violence, step by step": [
        ("", "又跟老公吵架了", "L0 L1"),
        ("", "他打我了", "L2"),
        ("", "没事 习惯了", "L2"),
        ("", "他现在在砸门 我躲在厕所", "L4"),
    ],
    "hoard, then tonight": [("", "我攒了很多药", "L3"), (WHEN, "周末吧", "L3"), ("", "不等了 就今晚", "L4")],
    "voices": [("", "我能听到一些声音", "L2"), ("", "它们骂我", "L2"), ("", "现在叫我从窗户下去", "L3 L4")],
    "good night": [("", "睡不着怎么办", "L0"), ("", "试过了", "L0"), ("", "谢谢 晚安", "L0")],
    "directory": [("", "杭州哪里看心理科", "L0"), ("", "周末开吗", "L0"), ("", "好的 再见", "L0")],
    "when, of a visit": [("", "想预约咨询", "L0"), ("你想约什么时候？", "今晚", "L0"), ("", "或者明天", "L0")],
    "how, of a visit": [("", "想预约咨询", "L0"), ("你想怎么联系？", "打电话", "L0")],
    "a mood, then plans": [("", "今天好累", "L0 L1"), ("", "下班想去江边散步", "L0 L1"), ("", "风好大哈哈", "L0 L1")],
    "English, tonight": [
        ("", "i dont want to be here anymore", "L2"),
        ("Have you thought about when?", "tonight", "L4"),
    ],
    "English, no": [("", "i feel so low", "L0 L1"), ("Are you thinking of suicide?", "no", "L0 L1")],
    "English, yes": [("", "i feel so low", "L0 L1"), ("Are you thinking of suicide?", "yeah sometimes", "L2")],
    "English, in two": [("", "i took", "L0"), ("", "all my pills", "L4")],
    "English, not safe": [("", "i want to die", "L2"), ("Are you safe right now?", "not really", "L3")],
    "goodbye after a note": [("", "信都写好了放枕头下", "L3"), ("", "再见了 谢谢你们", "L3 L4")],
    "silence": [("", "在吗", "L0"), ("", "<SILENCE>", "L0"), ("", "没事了", "L0")],
    "silence after a wish": [("", "我想死", "L2"), (WHEN, "<SILENCE>", "L2"), ("", "<SILENCE>", "L2")],
    "silence on the bridge": [("", "我站在桥上 水好黑 不想回头了", "L4"), (SAFE, "<SILENCE>", "L4")],
}


def levels_of(talk: list[Turn]) -> list[str]:
    """Return the level after each of the citizen's turns."""
    turns: list[dict[str, object]] = []
    for said, text, _ in talk:
        if said:
            turns.append({"from": "bot", "text": said})
        silent = text == "<SILENCE>"
        turns.append({"from": "citizen", "silence_s": 400} if silent else {"from": "citizen", "text": text})
    levels = triage_conversation(ENGINE, {"id": 1, "turns": turns})["levels"]
    assert isinstance(levels, list)
    return levels


def test_levels_are_right_after_each_turn() -> None:
    """At least 95% of the turns are right, at most 3% too low."""
    wrong, low, total = [], 0, 0
    for name, talk in TALKS.items():
        for (said, text, right), level in zip(talk, levels_of(talk), strict=True):
            total += 1
            if level not in right.split():
                wrong.append(f"{name}: {said} {text}: {level}, not {right}")
                low += level < min(right.split())
    assert len(wrong) <= 0.05 * total, wrong
    assert low <= 0.03 * total, wrong


@pytest.mark.parametrize("name", TALKS)
def test_no_turn_lowers_the_episode(name: str) -> None:
    levels = levels_of(TALKS[name])
    assert levels == sorted(levels)


@pytest.mark.parametrize("name", [name for name in TALKS if "silence" in name])
def test_silence_raises_nothing(name: str) -> None:
    levels = levels_of(TALKS[name])
    for before, after, (_, text, _) in zip(levels, levels[1:], TALKS[name][1:], strict=False):
        assert text != "<SILENCE>" or after == before


def test_long_harmless_talks_stay_harmless() -> None:
    """Few conversations of thirty harmless messages end at L2 or more: nothing adds up over them."""
    texts = [row.text for row in own_sets(Path(__file__).parents[2] / "data")["seeds"] if row.level is Level.L0]
    ends = [
        levels_of([("", text, "") for text in (texts[start:] + texts[:start])[:30]])[-1]
        for start in range(0, len(texts), 3)
    ]
    assert sum(end >= "L2" for end in ends) <= 0.1 * len(ends)
