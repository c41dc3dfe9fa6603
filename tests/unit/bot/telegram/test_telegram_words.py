"""Long texts in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.words import clean, split_text


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


@given(st.text(max_size=300), st.integers(min_value=2, max_value=50))
def test_nothing_is_lost_and_everything_fits(text: str, limit: int) -> None:
    """The parts hold every character but white space, in order, and none is too long or blank."""
    text = clean(text)
    parts = split_text(text, limit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() and units(part) <= limit for part in parts)


def test_short_text_is_one_part() -> None:
    """What fits is not split, and blank text is nothing."""
    assert split_text("你好") == ["你好"]
    assert split_text("x" * 4096) == ["x" * 4096]
    assert split_text(" \n ") == []


def test_parts_end_where_a_reader_pauses() -> None:
    """A paragraph is better than a sentence, and a sentence better than a word."""
    assert split_text("one two three.\n\nfour. five", 20) == ["one two three.", "four. five"]
    assert split_text("今天真的很累。明天再说吧好不好", 10) == ["今天真的很累。", "明天再说吧好不好"]


def test_emoji_are_counted_twice_and_stay_whole() -> None:
    """A family of emoji, joined by invisible characters, is not torn apart."""
    family = "👨\u200d👩\u200d👧"
    parts = split_text("aaaa" + family, 9)
    assert parts == ["aaaa", family]
    assert len(split_text("😢" * 4096)) == 2
