"""Who, whether and when: the same words in other frames mean other levels."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.risk import Domain, Level, Subject
from nlu.triage import load_engine

ENGINE = load_engine(Path(__file__).parents[4] / "data")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("我想跳楼", Level.L3),
        ("我今晚就跳楼", Level.L4),
        ("我没有想过跳楼", Level.L1),
        ("我不是不想死", Level.L2),
        ("我特别想自杀", Level.L2),
        ("你是不是想自杀", Level.L2),
        ("小说里的主角跳楼了", Level.L0),
        ("明天要交作业，我想跳楼", Level.L3),
        ("十年前割过腕", Level.L2),
        ("昨天割腕没死成", Level.L3),
        ("笑死我了，但是我真的不想活了", Level.L2),
        ("紫砂壶收好了，我想紫砂", Level.L2),
        ("我不想自杀，只是不想活了", Level.L2),
        ("今晚的电影里有人跳楼", Level.L0),
        ("i am not suicidal", Level.L1),
        ("i want to die", Level.L2),
        ("im going to kill myself tonight", Level.L4),
        ("this deadline is killing me", Level.L0),
        ("my friend wants to kill herself", Level.L2),
        ("我16岁，不想活了", Level.L3),
    ],
)
def test_level(text: str, level: Level) -> None:
    """Polarity, time, context and modifiers decide the level."""
    assert ENGINE.assess(text).level is level


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("我想自杀", Subject.SELF),
        ("我朋友想自杀", Subject.OTHER),
        ("我妈妈骂我，我想自杀", Subject.SELF),
        ("我跟朋友说我想自杀", Subject.SELF),
        ("室友说她想自杀", Subject.OTHER),
        ("不想活了", Subject.UNKNOWN),
    ],
)
def test_subject(text: str, subject: Subject) -> None:
    """The person nearest before the evidence, in its clause, is the one it is about."""
    assert ENGINE.assess(text).subject is subject


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("我昨晚又划手臂了", Domain.SELF_HARM),
        ("我把一整瓶药都吃了", Domain.OVERDOSE),
        ("我要杀了他", Domain.HARM_OTHERS),
        ("老公打我", Domain.DOMESTIC_VIOLENCE),
        ("昨晚我被强奸了", Domain.SEXUAL_ASSAULT),
        ("继父晚上进我房间摸我", Domain.CHILD_ABUSE),
        ("全班都孤立我", Domain.BULLYING),
        ("有声音命令我去杀人", Domain.PSYCHOSIS),
        ("怀孕七个月，不想活了", Domain.PERINATAL),
        ("不喝酒手就抖，戒不掉", Domain.SUBSTANCE),
        ("地震了，我被压住了", Domain.INCIDENT),
        ("裸聊被敲诈，说要发给我爸妈", Domain.SEXTORTION),
        ("我每天催吐", Domain.EATING_DISORDER),
        ("我八十了，活着就是拖累，不想活了", Domain.ELDER),
        ("网贷逾期，没脸活了", Domain.ECONOMIC),
        ("想死", Domain.SUICIDE),
    ],
)
def test_domain(text: str, domain: Domain) -> None:
    """Every domain has rules of its own."""
    assert domain in ENGINE.assess(text).domains
