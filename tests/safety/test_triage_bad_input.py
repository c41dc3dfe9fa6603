"""Whatever is sent gets a level, and what matters in it is still found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from core.risk import Level
from nlu.triage import load_engine

ENGINE = load_engine(Path(__file__).parents[2] / "data")


def junk(length: int, seed: int) -> str:
    """Return characters of all kinds, lone surrogates, controls and direction marks among them."""
    dice = random.Random(seed)
    ranges = ((0, 0x20), (0x20, 0x7F), (0x4E00, 0x9FFF), (0xD800, 0xDFFF), (0x200B, 0x202E), (0x1F300, 0x1FAFF))
    return "".join(chr(dice.randrange(*dice.choice(ranges))) for _ in range(length))


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\x00", "\ud800", "\udfff\ud800", "\u202e\u200f", "\ufeff", "，。！", "🙂" * 50]
)
def test_nothing_to_read_is_nothing_found(text: str) -> None:
    assert ENGINE.assess(text).level is Level.L0


@pytest.mark.parametrize("seed", range(20))
def test_junk_gets_a_level(seed: int) -> None:
    text = junk(3_000, seed)
    for one in ENGINE.assess(text).evidence:
        assert text[one.start : one.end] == one.quote


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\ud83d", "\x00", "\u2066"])
def test_marks_inside_a_sentence_hide_nothing(mark: str) -> None:
    text = mark.join("今晚我就从桥上跳下去")
    result = ENGINE.assess(text)
    assert result.level is Level.L4
    assert all(text[one.start : one.end] == one.quote for one in result.evidence)


def test_a_long_text_that_never_repeats_itself_is_read_to_its_end() -> None:
    """A sentence at the end of 100,000 different characters is found."""
    dice = random.Random(7)
    filler = "".join(chr(dice.randrange(0x4E00, 0x9FA5)) + "，" * (not dice.randrange(9)) for _ in range(100_000))
    assert ENGINE.assess(filler + "。今晚我就从桥上跳下去").level is Level.L4
