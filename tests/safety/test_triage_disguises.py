"""A disguise does not take a level away: homophones, pinyin, spaces, signs, pictures, other spellings."""

from __future__ import annotations

import pytest

from core.risk import Level
from nlu.graded import read_graded
from nlu.triage import load_engine
from tests.doubles.disguises import DATA, DISGUISES

ENGINE = load_engine(DATA)
SEEDS = [seed.text for seed in read_graded(DATA / "lexicon" / "seeds.tsv") if seed.level >= Level.L2]


def lost(kind: str) -> tuple[list[str], int]:
    """Return the seeds that a disguise lowers, and how many seeds it changes."""
    changed = [(seed, DISGUISES[kind](seed)) for seed in SEEDS]
    changed = [(seed, disguised) for seed, disguised in changed if seed != disguised]
    return [text for seed, text in changed if ENGINE.assess(text).level < ENGINE.assess(seed).level], len(changed)


def test_few_disguised_seeds_lose_a_level() -> None:
    """Of all disguised seeds at most 2% are judged lower than undisguised."""
    found = [lost(kind) for kind in DISGUISES]
    assert sum(len(texts) for texts, _ in found) <= 0.02 * sum(changed for _, changed in found)


@pytest.mark.parametrize("kind", DISGUISES)
def test_no_kind_of_disguise_is_forgotten(kind: str) -> None:
    """No kind alone lowers more than one seed in ten, even homophones that nobody would choose."""
    texts, changed = lost(kind)
    assert len(texts) <= 0.1 * changed, texts


@pytest.mark.parametrize(
    ("disguised", "level"),
    [
        ("我想氵自杀", Level.L2),
        ("我想歹匕了", Level.L2),
        ("今晚就自*杀", Level.L4),
        ("遗 s h u 写好了", Level.L3),
        ("bu xiang huo le", Level.L2),
        ("我想白杀", Level.L2),
        ("活bu下去了", Level.L2),
    ],
)
def test_disguises_that_people_use(disguised: str, level: Level) -> None:
    assert ENGINE.assess(disguised).level >= level


@pytest.mark.parametrize(
    "harmless", ["想吃自沙西瓜", "从楼上掉下来一个花盆", "一个自己的歌单", "像死了一样安静的夜", "天太热了"]
)
def test_everyday_words_are_not_heard_as_others(harmless: str) -> None:
    assert ENGINE.assess(harmless).level < Level.L2
