"""What the second reader learns from: graded sentences, ordinary messages, and variants made of them."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.risk import Level
from nlu.graded import Graded, read_graded
from nlu.triage.engine import TriageEngine

# Somebody else's danger, violence and disaster are told under these names too: not ordinary without being graded.
_UNGRADED = frozenset(["topic_bullying", "topic_trauma", "incident_support", "third_person_help"])
_MARKED = re.compile(r"\[([^\]]*)\](?:\{[^}]*\}|\([^)]*\))")
_SIGNS = re.compile(r"[，。,.!?！？、;； ]+")
_LATIN = re.compile(r"[A-Za-z]")
_CJK = re.compile("[\u3400-\u9fff]")
_CROPPED = 12
_JOINED = 1_000
_MOST_JOINED = 6
_SEED = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to learn from.

    Attributes:
        text: As a citizen would write it.
        level: What it is.
        situation: The life it belongs to; lines of one situation are never parted between learning and measuring.
        trust: How much it counts.
        ordinary: It was not graded: at most distress, so it says little about L1.
    """

    text: str
    level: Level
    situation: str
    trust: float = 1.0
    ordinary: bool = False


def graded_files(data: Path) -> list[Path]:
    """Return the files of graded sentences; a model is stale when one of them has changed."""
    return [data / "lexicon" / "seeds.tsv", *sorted((data / "triage").glob("*.tsv"))]


def fingerprint(data: Path) -> str:
    """Return a hash of the graded sentences."""
    digest = hashlib.sha256()
    for path in graded_files(data):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def read_lines(data: Path) -> list[Line]:
    """Return the graded sentences; each seed is a situation of its own."""
    return [_line(row, path.stem) for path in graded_files(data) for row in read_graded(path)]


def _line(row: Graded, name: str) -> Line:
    return Line(row.text, row.level, row.situation or f"{name}:{row.id}")


def read_ordinary(data: Path, engine: TriageEngine, *, held_back: bool) -> list[Line]:
    """Return messages written to teach the topics, in which the rules see no danger.

    Those of data/nlu/test.yml are held back: they are for thresholds, never for learning.
    """
    folder = data / "nlu"
    paths = [folder / "test.yml"] if held_back else sorted((folder / "train").rglob("*.yml"))
    texts = dict.fromkeys(text for path in paths if path.is_file() for text in _examples(path))
    return [
        Line(text, Level.L0, f"ordinary:{number}", ordinary=True)
        for number, text in enumerate(texts)
        if engine.assess(text).level <= Level.L1
    ]


def _examples(path: Path) -> Iterator[str]:
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        if "intent" in entry and entry["intent"] not in _UNGRADED:
            for line in entry["examples"].splitlines():
                text = _MARKED.sub(r"\1", line.strip().removeprefix("-").strip())
                if text:
                    yield text


def variants(lines: Sequence[Line], ordinary: Sequence[Line]) -> Iterator[Line]:
    """Yield a harmless sentence before or after, the same without signs, and pieces of what is harmless."""
    chance = random.Random(_SEED)  # noqa: S311 - nothing secret; the same lines give the same variants
    harmless: dict[bool, list[Line]] = {True: [], False: []}
    for line in lines:
        if line.level is Level.L0:
            harmless[is_english(line.text)].append(line)
    for line in lines:
        english, lot = is_english(line.text), chance.random()
        if lot < 0.5 and harmless[english]:  # noqa: PLR2004 - half of the lines
            other = chance.choice(harmless[english]).text
            pair = (other, line.text) if chance.random() < 0.5 else (line.text, other)  # noqa: PLR2004
            yield Line("。".join(pair), line.level, line.situation, 0.5)
        elif lot < 0.75:  # noqa: PLR2004 - a quarter
            yield Line(_SIGNS.sub(" " if english else "", line.text), line.level, line.situation, 0.5)
        elif line.level <= Level.L1 and len(line.text) > _CROPPED:
            cut = chance.randrange(4, len(line.text) - 4)
            piece = line.text[:cut] if chance.random() < 0.5 else line.text[cut:]  # noqa: PLR2004
            yield Line(piece, line.level, line.situation, 0.5)
    for language in (True, False):
        same = [line for line in ordinary if is_english(line.text) is language]
        for _ in range(_JOINED if same else 0):
            text = "。".join(chance.choice(same).text for _ in range(chance.randint(2, _MOST_JOINED)))
            yield Line(text, Level.L0, "ordinary", 0.5, ordinary=True)


def is_english(text: str) -> bool:
    """Tell whether a text has Latin letters and no Chinese character."""
    return bool(_LATIN.search(text)) and not _CJK.search(text)
