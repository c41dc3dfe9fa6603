"""Normalising keeps a way back to every raw character."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.lexicon import load_lexicon

NORMALISER = load_lexicon(Path(__file__).parents[3] / "data" / "lexicon").normaliser


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("我 不 想 活 了", "我不想活了"),
        ("我不\u200b想活了", "我不想活了"),
        ("想自殺", "想自杀"),
        ("我唔想活喇", "我不想活了"),
        ("想zs", "想自杀"),
        ("紫砂壶真好看", "紫砂壶真好看"),
        ("想4️⃣了", "想死了"),
        ("4点见", "4点见"),
        ("I'm OK", "im ok"),
        ("遗shu写完了", "遗书写完了"),
        ("好～绝～望", "好绝望"),
        ("我走了 你们保重", "我走了，你们保重"),
    ],
)
def test_plain_words(raw: str, plain: str) -> None:
    """Disguises become plain words, everyday words stay."""
    assert NORMALISER.normalise(raw).text == plain


def test_a_span_leads_back_to_the_raw_text() -> None:
    """The quote of a disguised word is the disguise itself."""
    raw = "真的，我想氵自\u200b 殺了"
    normalised = NORMALISER.normalise(raw)
    start = normalised.text.index("自杀")
    first, last = normalised.raw_span(start, start + 2)
    assert raw[first:last] == "氵自\u200b 殺"


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200))
def test_offsets_stay_inside_the_text(raw: str) -> None:
    """Each plain character comes from a piece of the raw text, in order of its start."""
    normalised = NORMALISER.normalise(raw)
    assert len(normalised.text) == len(normalised.starts) == len(normalised.ends)
    for start, end in zip(normalised.starts, normalised.ends, strict=True):
        assert 0 <= start < end <= len(raw)
    assert list(normalised.starts) == sorted(normalised.starts)
