"""The frame around a piece of evidence: whose it is, whether it is denied, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.risk import Subject
from nlu.patterns import Hits, Match, Span

_NEAR_TIME = 14
_NEAR_PAST = 28
_AFTER = 5
_RESOLVED_WITHIN = 40
_NOT_A_SUBJECT = re.compile(
    r"(?:跟|和|对|向|给|被|让|把|怕|叫|替|为|想|陪|找|离开|告诉|to|with|for|about|tell|told|of|from|by) ?$"
)
_NEGATIONS = (
    "(?<!是)不是|并非|没有?说过?|谁说|没有?哪天|没有?一天|从来没有?|从没有?|并没有?|绝没有|没有?到|(?<!有)没有|(?<!有)没(?!什么)|"
    "(?<!会)不会|(?<!想)不想|(?<!要)不要|不至于|不可能|不打算|(?<![是要会想能该])不(?!由|禁|自觉|如|得不)|(?<![特分个区告级性])别|绝不|"
    r"\bnever|\bnot|\bno|\bdont|\bdidnt|\bwont|\bcant|\bwouldnt|\bisnt|\barent|\bim not|\bwithout"
)
_FILLERS = (
    "什么|任何|真的|真|有|要|再|是|会|想过|想|说|我|打算|去|过|到|考虑|准备|真正|在|做|得|"
    r" |\bthinking|\bthink|\bthoughts?|\babout|\bof|\bgoing|\bgonna|\bto|\bwant|\bplanning|\bplan|\bi|"
    r"\bhave|\bhaving|\bany|\breally|\bactually|\bfeel|\bfeeling|\bwould|\bwill|\bever|\bbeen|\bdo|\bim"
)
_GOVERNED = re.compile(rf"(?:(?:{_NEGATIONS})(?:{_FILLERS})*)+$")
_ONE_NEGATION = re.compile(_NEGATIONS)
_BEFORE = 24
_GONE = re.compile(r"走了|去世|过世|没了|不在了|离开了?我|死了|离世|passed away|died|is gone|left me")
"""Who is dead or gone is not who says that life has no meaning."""
_QUOTES_WHAT_FOLLOWS = "写说唱叫里道讲是"


class When(StrEnum):
    """When the evidence is set."""

    PRESENT = "present"
    NOW = "now"
    SOON = "soon"
    LATER = "later"
    RECENT = "recent"
    PAST = "past"


_TIMES: Mapping[str, When] = {
    "time_now": When.NOW,
    "time_soon": When.SOON,
    "time_later": When.LATER,
    "time_recent": When.RECENT,
    "time_past": When.PAST,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds one match."""

    subject: Subject
    negated: bool
    when: When
    resolved: bool
    in_context: bool


def frame_of(match: Match, text: str, hits: Hits, contexts: Sequence[str]) -> Frame:
    """Return the frame of a match in its text."""
    when = _when(match, text, hits)
    past = when in (When.PAST, When.RECENT)
    return Frame(
        subject=_subject(match, text, hits),
        negated=_is_negated(match, text),
        when=when,
        resolved=past and _follows(hits.get("resolved", ()), match.end, _RESOLVED_WITHIN),
        in_context=bool(contexts) and _in_context(match, text, hits, contexts),
    )


def _is_negated(match: Match, text: str) -> bool:
    """Tell whether an odd number of negations governs the match; when in doubt it does not."""
    places = [(0, match.start)]
    if len(match.items) > 1:
        places.append((match.items[-2][1], match.items[-1][0]))
    for floor, start in places:
        clause = max(floor, _clause_start(text, start))
        before = text[max(clause, start - _BEFORE) : start]
        governed = _GOVERNED.search(before)
        if governed is not None:
            return len(_ONE_NEGATION.findall(governed.group())) % 2 == 1
    return False


def _when(match: Match, text: str, hits: Hits) -> When:
    best: tuple[int, When] | None = None
    for category, when in _TIMES.items():
        for span in hits.get(category, ()):
            distance = _distance(match, span)
            if distance is None or not _reaches(match, span, when, text):
                continue
            if best is None or distance < best[0]:
                best = (distance, when)
    return best[1] if best is not None else When.PRESENT


def _distance(match: Match, span: Span) -> int | None:
    if span[1] <= match.start:
        return match.start - span[1]
    if span[0] >= match.end:
        return span[0] - match.end + 1
    return 0


def _reaches(match: Match, span: Span, when: When, text: str) -> bool:
    start, end = span
    if start >= match.start and end <= match.end:
        return True
    far = _NEAR_PAST if when in (When.PAST, When.RECENT) else _NEAR_TIME
    if end <= match.start:
        between = text[end : match.start]
        if len(between) > far or "。" in between:
            return False
        return when in (When.PAST, When.RECENT) or "，" not in between or _stands_alone(span, text)
    if start >= match.end:
        between = text[match.end : start]
        if len(between) <= 1 and "，" not in between and "。" not in between:
            return True
        return len(between) <= _AFTER and _stands_alone(span, text)
    return True


def _stands_alone(span: Span, text: str) -> bool:
    """Tell whether a clause says little more than the time."""
    start, end = _clause_start(text, span[0]), _clause_end(text, span[1])
    return (end - start) - (span[1] - span[0]) <= 3  # noqa: PLR2004 - 就 今晚 吧


def _follows(spans: Sequence[Span], end: int, within: int) -> bool:
    return any(end <= start <= end + within for start, _ in spans)


def _subject(match: Match, text: str, hits: Hits) -> Subject:
    first_item_end = match.items[0][1]
    found = _nearest_person(text, hits, _clause_start(text, match.start), first_item_end, match.end)
    if found is not None:
        return found
    previous = _clause_start(text, max(_clause_start(text, match.start) - 1, 0))
    found = _nearest_person(text, hits, previous, match.start, match.start)
    if found is Subject.OTHER and hits.get("asks_for_other"):
        return Subject.OTHER
    if found is Subject.OTHER and not _speaks_of_self(hits) and not _GONE.search(text[previous : match.start]):
        return Subject.OTHER
    if found is Subject.SELF or _speaks_of_self(hits):
        return Subject.SELF
    return Subject.OTHER if hits.get("asks_for_other") else Subject.UNKNOWN


def _speaks_of_self(hits: Hits) -> bool:
    covered = [*hits.get("person_other", ())]
    return any(not any(s <= start and end <= e for s, e in covered) for start, end in hits.get("person_self", ()))


def _nearest_person(text: str, hits: Hits, floor: int, ceiling: int, end: int) -> Subject | None:
    best: tuple[int, Subject] | None = None
    others = hits.get("person_other", ())
    for category, subject in (("person_other", Subject.OTHER), ("person_self", Subject.SELF)):
        for start, stop in hits.get(category, ()):
            if start < floor or stop > max(ceiling, floor) or start >= end:
                continue
            if subject is Subject.SELF and any(s <= start and stop <= e for s, e in others):
                continue  # 我妈 is not 我
            if subject is Subject.SELF and any(stop == s for s, _ in others):
                continue
            if _NOT_A_SUBJECT.search(text[max(0, start - 8) : start]):
                continue
            if best is None or stop > best[0]:
                best = (stop, subject)
    return best[1] if best is not None else None


def _in_context(match: Match, text: str, hits: Hits, contexts: Sequence[str]) -> bool:
    start, end = _clause_start(text, match.start), _clause_end(text, match.end)
    wide_start = _clause_start(text, max(_clause_start(text, max(start - 1, 0)) - 1, 0))
    wide_end = _clause_end(text, min(end + 1, len(text)))
    own = any(start <= s and e <= end for s, e in hits.get("self_intent", ()))
    quoted = start > 1 and text[start - 2] in _QUOTES_WHAT_FOLLOWS
    for category in contexts:
        for s, e in hits.get(category, ()):
            if start <= s and e <= end:
                return True
            if (not own or quoted) and wide_start <= s and e <= wide_end:
                return True
    return False


def _clause_start(text: str, at: int) -> int:
    return max(text.rfind("，", 0, at), text.rfind("。", 0, at)) + 1


def _clause_end(text: str, at: int) -> int:
    ends = [i for i in (text.find("，", at), text.find("。", at)) if i >= 0]
    return min(ends) if ends else len(text)
