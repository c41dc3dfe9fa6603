"""Whose danger it is when somebody does something to somebody."""

from __future__ import annotations

import pytest

from core.risk import Level, Subject
from core.settings import ROOT
from nlu.triage import load_engine

ENGINE = load_engine(ROOT / "data")


@pytest.mark.parametrize(
    "text",
    [
        "我老公打我",
        "老公刚才又打我了",
        "妻子打我",
        "我儿子打我",
        "我才13岁，爸爸打我",
        "同学欺负我",
        "室友孤立我在宿舍骂我",
        "前男友威胁要发我的照片",
        "My husband hits me",
    ],
)
def test_the_one_it_is_done_to_writes(text: str) -> None:
    found = ENGINE.assess(text)
    assert (found.subject, found.level >= Level.L2) == (Subject.SELF, True)


@pytest.mark.parametrize("text", ["我女儿被她老公打", "我邻居天天打他家小孩，身上都是伤", "我室友总说不想活了"])
def test_the_one_who_watches_writes(text: str) -> None:
    assert ENGINE.assess(text).subject is Subject.OTHER


@pytest.mark.parametrize("text", ["老伴走了，活着没意思", "老伴去世了，我不想活了", "我妈走了以后我就不想活了"])
def test_the_bereaved_speak_of_themselves(text: str) -> None:
    assert ENGINE.assess(text).subject is not Subject.OTHER
