"""The risk lexicon: words, variants and rules that people other than programmers edit in data/lexicon."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ahocorasick

from core.errors import ContentError, ContentErrors
from nlu.lexicon_files import (
    CombinationEntry,
    KindEntry,
    LexiconFile,
    RuleEntry,
    TermEntry,
    read_lexicon_files,
)
from nlu.normalise import Normaliser, Variant, index_hints
from nlu.patterns import Span, parse_pattern
from nlu.sounds import HOMOPHONES, Ear, read_homophones, sounding_words

_WORD = re.compile(r"[a-z0-9]")
GUARD = "-guard"
_MAKE_TABLE = "Write it: python -m nlu.make_homophones"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words and rules, checked against each other.

    Attributes:
        terms: Words by category, with guards and provenance.
        kinds: What the frames make of each kind of evidence.
        rules: In the order of the files.
        combinations: Weak signals that mean more together.
        normaliser: Puts messages into the form in which the words are kept.
        scanner: Finds every word in one pass.
    """

    terms: tuple[TermEntry, ...]
    kinds: dict[str, KindEntry]
    rules: tuple[RuleEntry, ...]
    combinations: tuple[CombinationEntry, ...]
    normaliser: Normaliser
    scanner: Scanner


@dataclass(frozen=True, slots=True)
class _Word:
    category: str
    length: int
    latin_start: bool
    latin_end: bool
    guarded_by: int


@dataclass(slots=True)
class Scanner:
    """One pass over a text that finds all words of all categories."""

    _automaton: ahocorasick.Automaton
    _patterns: Sequence[tuple[str, re.Pattern[str]]]
    _hints: Callable[[str], set[int]]

    def scan(self, text: str) -> dict[str, list[Span]]:
        """Return the spans of each category that occurs."""
        hits: defaultdict[str, list[Span]] = defaultdict(list)
        guarded: list[tuple[_Word, Span]] = []
        guards: defaultdict[int, list[Span]] = defaultdict(list)
        for word, span in self._words(text):
            if word.category == GUARD:
                guards[word.guarded_by].append(span)
            elif word.guarded_by >= 0:
                guarded.append((word, span))
            else:
                hits[word.category].append(span)
        for word, (start, end) in guarded:
            if not any(s <= start and end <= e for s, e in guards.get(word.guarded_by, ())):
                hits[word.category].append((start, end))
        for number in self._hints(text):
            category, pattern = self._patterns[number]
            hits[category].extend(m.span() for m in pattern.finditer(text) if m.start() < m.end())
        return {category: spans for category, spans in hits.items() if spans}

    def _words(self, text: str) -> Iterator[tuple[_Word, Span]]:
        size = len(text)
        for last, words in self._automaton.iter(text):
            end = last + 1
            for word in words:
                start = end - word.length
                if word.latin_start and start > 0 and _WORD.match(text[start - 1]):
                    continue
                if word.latin_end and end < size and _WORD.match(text[end]):
                    continue
                yield word, (start, end)


def load_lexicon(folder: Path) -> Lexicon:
    """Read, check and index the lexicon.

    Raises:
        ContentErrors: A file is wrong, or names a kind or category that nothing defines.
    """
    return build_lexicon(read_lexicon_files(folder))


def build_lexicon(files: dict[Path, LexiconFile]) -> Lexicon:
    """Join the files into one lexicon.

    Raises:
        ContentErrors: A rule names a kind or category that no file defines, or an id twice.
    """
    parts = files.values()
    variants = [Variant(re.compile(v.find), v.to, v.hints) for f in parts for v in f.variants]
    symbols = {symbol: word for f in parts for symbol, word in f.symbols.items()}
    normaliser = Normaliser(variants, symbols, {pair for f in parts for pair in f.joined}, _ear(files))
    terms = tuple(term for f in parts for term in f.terms)
    rules = tuple(rule for f in parts for rule in f.rules)
    kinds = {name: kind for f in parts for name, kind in f.kinds.items()}
    _check(files, {term.category for term in terms}, kinds)
    scanner = _build_scanner(terms, rules, normaliser)
    combinations = tuple(c for f in parts for c in f.combinations)
    return Lexicon(terms, kinds, rules, combinations, normaliser, scanner)


def _ear(files: dict[Path, LexiconFile]) -> Ear | None:
    for path, content in files.items():
        if content.sounds is not None:
            table = path.with_name(HOMOPHONES)
            if not table.is_file():
                problem = ContentError(table, None, "The table of homophones is missing.", _MAKE_TABLE)
                raise ContentErrors([problem])
            return Ear(read_homophones(table), *sounding_words(content, files))
    return None


def _check(files: dict[Path, LexiconFile], categories: set[str], kinds: dict[str, KindEntry]) -> None:
    errors: list[ContentError] = []
    seen: set[str] = set()
    for path, content in files.items():
        ids = [t.id for t in content.terms] + [r.id for r in content.rules]
        for name in ids + [c.id for c in content.combinations]:
            if name in seen:
                errors.append(_error(path, name, "The id is used twice.", "Give each entry its own."))
            seen.add(name)
        for rule in content.rules:
            if rule.kind not in kinds:
                problem = f"There is no kind '{rule.kind}'."
                errors.append(_error(path, rule.id, problem, "Name one of kinds.yml."))
            names = {n for m in rule.match for n in parse_pattern(m).names() if n[0] != "="}
            for name in sorted((names | set(rule.unless)) - categories):
                problem = f"No words have the category '{name}'."
                errors.append(_error(path, rule.id, problem, "Add them, or write =word for one word."))
    if errors:
        raise ContentErrors(errors)


def _error(path: Path, entry: str, problem: str, remedy: str) -> ContentError:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    at = next((i for i, text in enumerate(lines, 1) if re.search(rf"id: {re.escape(entry)}\b", text)), None)
    return ContentError(path, at, f"{entry}: {problem}", remedy)


def _build_scanner(terms: Iterable[TermEntry], rules: Iterable[RuleEntry], normaliser: Normaliser) -> Scanner:
    found: defaultdict[str, set[_Word]] = defaultdict(set)
    for word, category, group in (*_term_words(terms), *_literals(rules)):
        text = normaliser.term(word)
        if text:
            latin = bool(_WORD.match(text[0])), bool(_WORD.match(text[-1]))
            found[text].add(_Word(category, len(text), *latin, group))
    automaton = ahocorasick.Automaton()
    for text, words in found.items():
        automaton.add_word(text, tuple(words))
    automaton.make_automaton()
    patterns = [(t.category, re.compile(p)) for t in terms for p in t.patterns]
    return Scanner(automaton, patterns, index_hints([t.hints for t in terms for _ in t.patterns]))


def _term_words(terms: Iterable[TermEntry]) -> Iterator[tuple[str, str, int]]:
    for number, term in enumerate(terms):
        yield from ((word, term.category, number if term.guards else -1) for word in term.words)
        yield from ((guard, GUARD, number) for guard in term.guards)


def _literals(rules: Iterable[RuleEntry]) -> Iterator[tuple[str, str, int]]:
    names = {name for rule in rules for source in rule.match for name in parse_pattern(source).names()}
    yield from ((name[1:], name, -1) for name in sorted(names) if name.startswith("="))
