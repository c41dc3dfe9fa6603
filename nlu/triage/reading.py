"""Reading one text: words, then rules, then frames; nothing here knows of earlier messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.risk import Domain, Evidence, Level, Subject
from nlu.lexicon import Lexicon
from nlu.lexicon_files import KindEntry, RuleEntry
from nlu.normalise import Normalised
from nlu.patterns import Hits, Match, Pattern, Span, parse_pattern
from nlu.triage.frames import Frame, When, frame_of

_WINDOW = 260
_OVERLAP = 80
_BESIDE, _BESIDE_LATIN = 30, 80  # an English word has several times the letters
_MASK = "\u25a1"


@dataclass(frozen=True, slots=True)
class Clue:
    """A piece of evidence before levels are compared, with all that combinations ask for."""

    evidence: Evidence
    domain: Domain | None
    subject: Subject
    kind: str
    signal: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text holds: its clues, the names that combinations look for, and the text itself."""

    clues: tuple[Clue, ...]
    signals: frozenset[str]
    normalised: Normalised


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: RuleEntry
    kind: KindEntry
    pattern: Pattern
    needs: tuple[frozenset[str], ...]
    number: int


class Reader:
    """Applies the lexicon's rules to one text."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Index every pattern under the rarest of the categories that it cannot do without."""
        self._lexicon = lexicon
        compiled = [
            _compile(rule, lexicon.kinds[rule.kind], source, number)
            for number, (rule, source) in enumerate((r, s) for r in lexicon.rules for s in r.match)
        ]
        uses = Counter(name for one in compiled for need in one.needs for name in need)
        self._masks: defaultdict[str, list[_Compiled]] = defaultdict(list)
        self._rules: defaultdict[str, list[_Compiled]] = defaultdict(list)
        for one in compiled:
            key = min(one.needs, key=lambda need: sum(uses[name] for name in need))
            index = self._masks if one.rule.mask else self._rules
            for name in key:
                index[name].append(one)

    def read(self, raw: str) -> Reading:
        """Return what the rules find in a text; a pure function of the text."""
        normalised = self._lexicon.normaliser.normalise(raw)
        clues: dict[tuple[str, int, int], Clue] = {}
        signals: set[str] = set()
        seen: set[str] = set()
        for start, text in _windows(normalised.text):
            if text not in seen:  # a text that repeats itself says the same again
                seen.add(text)
                self._read_window(text, start, normalised, clues, signals)
        return Reading(tuple(clues.values()), frozenset(signals), normalised)

    def _read_window(
        self,
        text: str,
        offset: int,
        normalised: Normalised,
        clues: dict[tuple[str, int, int], Clue],
        signals: set[str],
    ) -> None:
        hits = self._lexicon.scanner.scan(text)
        if not hits:
            return
        masked = list(_candidates(self._masks, hits))
        if masked:
            spans = [
                match for one in masked for match in self._apply(one, text, offset, hits, normalised, clues, signals)
            ]
            if spans:
                text = _blank(text, spans)
                hits = _without(hits, spans)
        signals.update(hits)
        for one in _candidates(self._rules, hits):
            self._apply(one, text, offset, hits, normalised, clues, signals)

    def _apply(
        self,
        one: _Compiled,
        text: str,
        offset: int,
        hits: Hits,
        normalised: Normalised,
        clues: dict[tuple[str, int, int], Clue],
        signals: set[str],
    ) -> list[Span]:
        rule, kind = one.rule, one.kind
        spans: list[Span] = []
        for match in one.pattern.find_all(text, hits):
            if rule.unless and _is_beside(match, text, hits, rule.unless):
                continue
            frame = frame_of(match, text, hits, kind.contexts)
            level = _level(rule, kind, frame)
            spans.append((match.start, match.end))
            if not frame.negated and not frame.in_context:
                signals.update(name for name in (rule.signal, rule.kind, rule.id) if name)
                if frame.when in (When.SOON, When.NOW):
                    signals.add(f"{rule.kind}_soon")
            if level is None or (level is Level.L0 and not rule.signal):
                continue
            start, end = normalised.raw_span(match.start + offset, match.end + offset)
            key = (rule.id, start, end)
            if key not in clues or clues[key].evidence.level < level:
                evidence = Evidence(normalised.raw[start:end], rule.id, start, end, level)
                clues[key] = Clue(evidence, rule.domain, frame.subject, rule.kind, rule.signal)
        return spans


def _compile(rule: RuleEntry, kind: KindEntry, source: str, number: int) -> _Compiled:
    pattern = parse_pattern(source)
    needs = {frozenset(item.names) for part in pattern.parts for item in part}
    return _Compiled(rule, kind, pattern, tuple(sorted(needs, key=lambda need: (len(need), sorted(need)))), number)


def _candidates(index: dict[str, list[_Compiled]], hits: Hits) -> Iterator[_Compiled]:
    seen: set[int] = set()
    present = hits.keys()
    for name in present:
        for one in index.get(name, ()):
            if one.number in seen:
                continue
            for need in one.needs:
                if need.isdisjoint(present):
                    break
            else:
                seen.add(one.number)
                yield one


def _level(rule: RuleEntry, kind: KindEntry, frame: Frame) -> Level | None:
    def outcome(name: str) -> Level | None:
        own: Level | None = getattr(rule, name)
        common: Level | None = getattr(kind, name)
        return own if own is not None else common

    if frame.negated:
        return outcome("negated")
    if frame.in_context:
        return outcome("context")
    plain = outcome("level")
    if frame.when is When.PAST and frame.resolved and outcome("resolved") is not None:
        level = outcome("resolved")
    elif frame.when in (When.NOW, When.SOON, When.RECENT, When.PAST):
        timed = outcome(frame.when.value)
        level = plain if timed is None else timed
    else:
        level = plain
    other = outcome("other")
    urgent = level is Level.L4 or frame.when in (When.NOW, When.SOON)
    if frame.subject is Subject.OTHER and other is not None and level is not None and not urgent:
        return min(level, other)
    return level


def _is_beside(match: Match, text: str, hits: Hits, categories: Sequence[str]) -> bool:
    reach = _BESIDE_LATIN if text[match.start : match.end].isascii() else _BESIDE
    start = max(text.rfind("。", 0, match.start) + 1, match.start - reach)
    stop = text.find("。", match.end)
    end = min(len(text) if stop < 0 else stop, match.end + reach)
    return any(start <= s and e <= end for name in categories for s, e in hits.get(name, ()))


def _blank(text: str, spans: list[Span]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = _MASK * (end - start)
    return "".join(chars)


def _without(hits: Hits, spans: list[Span]) -> dict[str, list[Span]]:
    left: dict[str, list[Span]] = {}
    for name, found in hits.items():
        kept = [(s, e) for s, e in found if not any(s < end and start < e for start, end in spans)]
        if kept:
            left[name] = kept
    return left


def _windows(text: str) -> Iterator[tuple[int, str]]:
    """Yield a long text in overlapping pieces, so that the cost grows with its length alone."""
    if len(text) <= _WINDOW + _OVERLAP:
        yield 0, text
        return
    start = 0
    while True:
        yield start, text[start : start + _WINDOW + _OVERLAP]
        if start + _WINDOW + _OVERLAP >= len(text):
            return
        nominal = start + _WINDOW
        cut = max(text.rfind("。", nominal - _OVERLAP, nominal), text.rfind("，", nominal - _OVERLAP, nominal))
        start = cut + 1 if cut > start else nominal
