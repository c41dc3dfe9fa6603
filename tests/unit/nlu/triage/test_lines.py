"""Records in, records out: the form the command line uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InvalidError
from nlu.triage import load_engine
from nlu.triage.lines import triage_conversation, triage_line

ENGINE = load_engine(Path(__file__).parents[4] / "data")


def citizen(text: str) -> dict[str, object]:
    """Return a citizen's turn."""
    return {"from": "citizen", "text": text}


def bot(text: str) -> dict[str, object]:
    """Return a turn of the service."""
    return {"from": "bot", "text": text}


def levels(*turns: dict[str, object]) -> object:
    """Return the levels after each of the citizen's turns."""
    return triage_conversation(ENGINE, {"id": "c", "turns": list(turns)})["levels"]


def test_a_line() -> None:
    """Level, domain, subject, evidence and language of one message."""
    result = triage_line(ENGINE, {"id": "m1", "text": "我朋友想自杀，我该怎么办"})
    assert result["id"] == "m1"
    assert result["level"] == "L2"
    assert result["domains"] == ["suicide"]
    assert result["subject"] == "other"
    assert result["language"] == "zh"
    assert {"quote": "自杀", "rule": "suicide.ideation"} in result["evidence"]  # type: ignore[operator]


def test_the_level_of_an_episode_only_rises() -> None:
    """Denial, jokes and silence lower nothing."""
    silence: dict[str, object] = {"from": "citizen", "silence_s": 360}
    assert levels(citizen("我不想活了"), citizen("开玩笑的"), silence, citizen("我没有想自杀")) == ["L2"] * 4


def test_an_answer_means_what_was_asked() -> None:
    """今晚 after the question when is a plan for tonight; after another question it is not."""
    assert levels(citizen("我想自杀"), bot("有没有想过什么时候?"), citizen("今晚")) == ["L2", "L4"]
    assert levels(citizen("我想预约"), bot("您什么时候方便?"), citizen("今晚")) == ["L0", "L0"]
    assert levels(bot("你现在有自杀的想法吗?"), citizen("有")) == ["L2"]
    assert levels(bot("你现在有自杀的想法吗?"), citizen("没有")) == ["L0"]
    assert levels(citizen("不想活了"), bot("Have you thought about when?"), citizen("tomorrow")) == ["L2", "L4"]


def test_a_number_picks_the_option_that_was_offered() -> None:
    """The third option of the question is what a bare 3 says."""
    menu = bot("请选：1 只是念头 2 有办法但没定时间 3 今天或这两天")
    assert levels(citizen("我不想活了"), menu, citizen("3")) == ["L2", "L4"]
    assert levels(citizen("我不想活了"), menu, citizen("2")) == ["L2", "L3"]
    assert levels(citizen("3")) == ["L0"]


def test_evidence_split_over_two_messages() -> None:
    """Half a sentence is read with the half before it."""
    assert levels(citizen("我把药"), citizen("都吃了")) == ["L0", "L4"]
    assert levels(citizen("我想跳楼"), citizen("今晚")) == ["L3", "L4"]


def test_silence_alone_is_no_risk() -> None:
    """A silence keeps the level as it was."""
    assert levels(citizen("在吗"), {"from": "citizen", "silence_s": 600}, citizen("没事了")) == ["L0"] * 3


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        "x",
        {},
        {"id": "a"},
        {"text": "a"},
        {"id": "a", "text": 3},
        {"id": None, "text": "a"},
        {"id": True, "text": "a"},
    ],
)
def test_a_malformed_record_is_refused(record: object) -> None:
    """A record of another form is named as such."""
    with pytest.raises(InvalidError):
        triage_line(ENGINE, record)


@pytest.mark.parametrize(
    "turns",
    [
        None,
        "x",
        [1],
        [{"from": "nobody", "text": "a"}],
        [{"from": "citizen"}],
        [{"from": "citizen", "silence_s": -1}],
        [{"from": "citizen", "silence_s": float("nan")}],
        [{"from": "citizen", "silence_s": True}],
        [{"from": "bot", "silence_s": 5}],
    ],
)
def test_a_malformed_conversation_is_refused(turns: object) -> None:
    """So is a conversation with a turn of another form."""
    with pytest.raises(InvalidError):
        triage_conversation(ENGINE, {"id": "c", "turns": turns})
