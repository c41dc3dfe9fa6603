"""No seed of the clinical list is missed, and its harmless ones raise no alarm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.risk import Level, TriageHistory, Utterance
from nlu.graded import Graded, read_graded
from nlu.triage import load_engine

DATA = Path(__file__).parents[2] / "data"
ENGINE = load_engine(DATA)
SEEDS = tuple(read_graded(DATA / "lexicon" / "seeds.tsv"))
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def below(seeds: Sequence[Graded], bound: Level) -> list[str]:
    """Return the seeds that are judged below the bound, to be shown by a failing test."""
    return [f"{s.id} {s.text}" for s in seeds if ENGINE.assess(s.text).level < bound]


def test_every_l3_and_l4_seed_calls_a_person() -> None:
    """Seeds at L3 and L4 are seen as at least L3: all of them."""
    assert below([s for s in SEEDS if s.level >= Level.L3], Level.L3) == []


def test_l4_seeds_are_l4() -> None:
    """At least 95% of the L4 seeds get the card for danger now."""
    l4 = [s for s in SEEDS if s.level is Level.L4]
    assert len(below(l4, Level.L4)) <= 0.05 * len(l4)


def test_l2_seeds_are_seen() -> None:
    """At least 97% of the seeds at L2 and above are seen as at least L2."""
    seen = [s for s in SEEDS if s.level >= Level.L2]
    assert len(below(seen, Level.L2)) <= 0.03 * len(seen)


def test_harmless_seeds_raise_no_alarm() -> None:
    """At most 3% of the harmless seeds reach L2, none L3."""
    harmless = [s for s in SEEDS if s.level is Level.L0]
    levels = [ENGINE.assess(s.text).level for s in harmless]
    assert sum(level >= Level.L2 for level in levels) <= 0.03 * len(levels)
    assert max(levels) < Level.L3


@pytest.mark.parametrize("seed", [s for s in SEEDS if s.level >= Level.L1], ids=lambda s: s.id)
def test_evidence_is_the_citizens_own_words(seed: Graded) -> None:
    """Every level has evidence, and its quote is a slice of what was sent."""
    result = ENGINE.assess(seed.text)
    assert (result.level is Level.L0) == (not result.evidence)
    for one in result.evidence:
        assert seed.text[one.start : one.end] == one.quote


@settings(max_examples=300, deadline=None)
@given(seed=st.sampled_from(SEEDS), data=st.data())
def test_invisible_characters_lower_no_level(seed: Graded, data: st.DataObject) -> None:
    """Zero-width characters anywhere in a seed leave its level as it was."""
    places = data.draw(st.lists(st.integers(0, len(seed.text)), max_size=8))
    text = seed.text
    for place in sorted(places, reverse=True):
        text = text[:place] + data.draw(st.sampled_from(ZERO_WIDTH)) + text[place:]
    assert ENGINE.assess(text).level >= ENGINE.assess(seed.text).level


@settings(max_examples=400, deadline=None)
@given(
    text=st.text(st.characters(codec=None), max_size=400)
    | st.lists(st.sampled_from(SEEDS), max_size=4).map(lambda seeds: "，".join(s.text for s in seeds)),
    said=st.lists(st.tuples(st.booleans(), st.text(max_size=30)), max_size=4),
)
def test_any_text_gets_a_level(text: str, said: list[tuple[bool, str]]) -> None:
    """Whatever the characters and whatever came before, there is a level and its quotes are slices."""
    turns = tuple(Utterance(by_citizen, words) for by_citizen, words in said)
    result = ENGINE.assess(text, TriageHistory(turns))
    assert isinstance(result.level, Level)
    for one in result.evidence:
        assert text[one.start : one.end] == one.quote


@pytest.mark.parametrize("filler", ["今天天气不错，", "a b ", "死", "想", "我 ", "\u200b", "🔪"])
def test_a_very_long_message_is_read_to_its_end(filler: str) -> None:
    """A sentence at the end of 100,000 characters is still found."""
    text = filler * (100_000 // len(filler)) + "。今晚我就从桥上跳下去"
    assert ENGINE.assess(text).level is Level.L4


def test_the_engine_has_no_memory() -> None:
    """The same message gets the same verdict, whatever was judged in between."""
    first = [ENGINE.assess(s.text) for s in SEEDS[:60]]
    assert [ENGINE.assess(s.text) for s in SEEDS[:60]] == first
