"""A bare time, where a wish to die was asked about, is the answer to a question that was not asked yet."""

from __future__ import annotations

import pytest

from core.risk import Level, TriageHistory, Utterance
from core.settings import ROOT
from nlu.triage import load_engine

ENGINE = load_engine(ROOT / "data")
ASKED = TriageHistory(
    (Utterance(by_citizen=True, text="我不想活了"), Utterance(by_citizen=False, text="最近你有自杀的想法吗？")),
    Level.L2,
)


@pytest.mark.parametrize("text", ["今晚", "就今晚吧", "明早", "tonight"])
def test_a_time_alone_is_danger(text: str) -> None:
    assert ENGINE.assess(text, ASKED).level is Level.L4


@pytest.mark.parametrize("text", ["明天再说吧", "今晚吃什么", "没有"])
def test_a_time_in_a_sentence_is_not(text: str) -> None:
    assert ENGINE.assess(text, ASKED).level < Level.L3
