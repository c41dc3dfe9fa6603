"""What a citizen tells of themselves in passing: where they are, and how old; only plain first-person words count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_START = r"(?:^|[\s,，。.！!？?；;、…~～]|but |and |because )"
_END = r"(?:$|[\s,，。.！!？?；;、…~～])"
_WHERE_ZH = r"(?:我|本人)?(?:现在|目前|这会儿|一个人|自己|就|也|是|一直|人|住)*在?"
_BEFORE_ZH = (
    r"(?:(?:我|本人)(?:现在|目前|这会儿|一个人|自己|就|也|是|一直|人)*(?:在|住在?)|人(?:现在|目前|就|也|是)*在)"
)
_NOT_ZH = r"(?:我|本人)(?:现在|目前|人)*不在"
_AFTER_ZH = r"(?!的|公司|语|料理|餐|店|菜|[中东西南北]?[路街]|广场|花园|.{0,8}(?:时候|期间|过))"
"""Not 我在香港的朋友, 我在香港中路, 我在香港读书的时候: only where somebody is now."""
_BEFORE_EN = (
    r"\b(?:i['’]?m|i am)\s+(?:(?:now|currently|living|studying|staying|working|here|based)\s+)*in\s+(?:the\s+)?"
    r"|\bi\s+(?:live|study|stay|work)\s+in\s+(?:the\s+)?"
)
_NOT_EN = r"\b(?:i['’]?m|i am)\s+not\s+in\s+"
_MAINLAND, _OTHER = "mainland", "other"

_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_COUNT = r"(\d{1,3}|[零一二两三四五六七八九十]{1,4})"
_AGE_ZH = re.compile(
    rf"{_START}(?:我|本人)(?:现在|已经|刚满|刚|也|就)*"
    rf"(?:(?:今年|才|只有)+{_COUNT}(?:周?岁半?)?|{_COUNT}周?岁半?)了?(?={_END})",
)
_AGE_EN = re.compile(
    r"\b(?:i['’]?m|i am)\s+(?:only\s+|just\s+)?(\d{1,3})"
    r"(?=\s*(?:years?[\s-]+old|yrs?\s+old|yo\b|y/o|[,.!?;]|$|and\b|now\b)(?!\s*\d))",
)
_GROUPS = ((14, "under14"), (18, "14to17"), (60, "18to59"), (111, "60plus"))
_YOUNGEST = 6


def place_of(text: str, places: Mapping[str, Iterable[str]], *, asked: bool = False) -> str:
    """Return where somebody says they are (`hk`, `mo`, `tw`, `other`, `mainland`), or nothing.

    With `asked`, the name alone is an answer: the question was where they are.
    """
    said = _folded(text)
    patterns = _patterns(tuple((scope, tuple(names)) for scope, names in places.items()))
    if any(scope == _MAINLAND and away.search(said) for scope, _, away, _ in patterns):
        return _OTHER
    for scope, here, _, alone in patterns:
        if here.search(said) or (asked and alone.fullmatch(said)):
            return scope
    return ""


def is_only_place(text: str, places: Mapping[str, Iterable[str]]) -> bool:
    """Return whether the whole message says where somebody is, and nothing else."""
    said = _folded(text).strip(" ,，。.！!")
    names = "|".join(sorted((re.escape(_folded(name)) for one in places.values() for name in one), key=len)[::-1])
    whole = rf"(?:{_BEFORE_ZH}(?:中国)?|{_NOT_ZH}|{_BEFORE_EN}|{_NOT_EN})(?:{names})(?:了|呢|这边|这里| now)?"
    return re.fullmatch(whole, said) is not None


def age_group_of(text: str) -> str:
    """Return the age group that somebody names as their own, or nothing."""
    said = _folded(text)
    match = _AGE_ZH.search(said) or _AGE_EN.search(said)
    if match is None:
        return ""
    age = _number(next(group for group in match.groups() if group))
    if age is None or age < _YOUNGEST:
        return ""
    return next((name for limit, name in _GROUPS if age < limit), "")


@lru_cache(maxsize=4)
def _patterns(
    places: tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...]:
    """Return for each scope what says `here`, `not here` and the bare name; the mainland comes last."""
    made = []
    for scope, names in sorted(places, key=lambda place: place[0] == _MAINLAND):
        name = "(?:" + "|".join(sorted((re.escape(_folded(one)) for one in names), key=len, reverse=True)) + ")"
        here = re.compile(rf"{_START}{_BEFORE_ZH}(?:中国)?{name}{_AFTER_ZH}|(?:{_BEFORE_EN}){name}\b")
        away = re.compile(rf"{_START}{_NOT_ZH}{name}(?!的)|{_NOT_EN}{name}\b")
        alone = re.compile(rf"\W*{_WHERE_ZH}(?:in )?{name}\W*")
        made.append((scope, here, away, alone))
    return tuple(made)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:500]).casefold()


def _number(said: str) -> int | None:
    """Return 14 for `14`, `十四`, and 70 for `七十`."""
    if said.isascii():
        return int(said)
    tens, ten, ones = said.partition("十")
    if not ten:
        return _DIGITS.get(said)
    if any(part and part not in _DIGITS for part in (tens, ones)):
        return None
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
