"""Messages that people gave a level, and shares of them with their uncertainty."""

from __future__ import annotations

import csv
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.risk import Level

_HELD_BACK_TENTHS = 3


@dataclass(frozen=True, slots=True)
class Graded:
    """A message with the level that people gave it.

    Attributes:
        id: Its name within its set.
        text: What the citizen wrote.
        level: The level given.
        accepted: All levels that count as right.
        domain: What it is about, as its set names it; empty where the set names none.
        situation: The life it was written about; empty where the set names none.
        base: The undisguised sentence, where the message is a disguise of one.
    """

    id: str
    text: str
    level: Level
    accepted: frozenset[Level]
    domain: str = ""
    situation: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A graded message and the level it got."""

    row: Graded
    level: Level

    @property
    def right(self) -> bool:
        """Tell whether the level is one of those that people accept."""
        return self.level in self.row.accepted


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """Return the share, 0 of nothing being 0."""
        return self.hits / self.total if self.total else 0.0

    def __str__(self) -> str:
        """Return the share with its Wilson 95% interval."""
        if not self.total:
            return "none"
        low, high = wilson(self.hits, self.total)
        return f"{self.value:6.1%} ({self.hits}/{self.total}; {low:.1%}–{high:.1%})"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a set: of the messages given `given`, the share that got at least `at_least`.

    Attributes:
        name: As it is printed and stored.
        given: Which levels, as people gave them, are looked at.
        at_least: The level to be reached.
        wanted: True for recall, where more is better; False for false alarms.
    """

    name: str
    given: Callable[[Level], bool]
    at_least: Level
    wanted: bool

    def of(self, judged: Sequence[Judged]) -> Share:
        """Return the figure for a set; a lower level that people accept too is enough."""
        chosen = [one for one in judged if self.given(one.row.level)]
        if self.wanted:
            return Share(sum(one.level >= min(self.at_least, *one.row.accepted) for one in chosen), len(chosen))
        return Share(sum(one.level >= self.at_least for one in chosen), len(chosen))


def _from(lowest: Level) -> Callable[[Level], bool]:
    return lambda level: level >= lowest


def _harmless(level: Level) -> bool:
    return level is Level.L0


MEASURES = (
    Measure("L2+ as >=L1", _from(Level.L2), Level.L1, wanted=True),
    Measure("L2+ as >=L2", _from(Level.L2), Level.L2, wanted=True),
    Measure("L3+ as >=L2", _from(Level.L3), Level.L2, wanted=True),
    Measure("L3+ as >=L3", _from(Level.L3), Level.L3, wanted=True),
    Measure("L4 as >=L2", _from(Level.L4), Level.L2, wanted=True),
    Measure("L4 as >=L3", _from(Level.L4), Level.L3, wanted=True),
    Measure("L4 as L4", _from(Level.L4), Level.L4, wanted=True),
    Measure("L0 as >=L1", _harmless, Level.L1, wanted=False),
    Measure("L0 as >=L2", _harmless, Level.L2, wanted=False),
    Measure("L0 as >=L3", _harmless, Level.L3, wanted=False),
)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95% interval of a share."""
    z = 1.96
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low, high = (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)
    return max(low, 0.0), min(high, 1.0)


def read_graded(path: Path) -> Iterator[Graded]:
    """Yield the messages of a table with the columns id, text and level, and others if it has them."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            level = Level[row["level"]]
            note = row.get("note") or ""
            names = note.partition("accept=")[2].split(";")[0].split("/") if "accept=" in note else []
            accepted = frozenset({level, *(Level[name.strip()] for name in names)})
            yield Graded(
                row["id"],
                row["text"],
                level,
                accepted,
                row.get("domain") or "",
                row.get("situation") or "",
                row.get("base_text") or "",
            )


def is_held_back(situation: str) -> bool:
    """Tell whether a situation is kept for measuring: whoever writes rules or trains does not look at it."""
    return zlib.crc32(situation.encode()) % 10 < _HELD_BACK_TENTHS


def own_sets(data: Path) -> dict[str, list[Graded]]:
    """Return the project's own sets: the seeds and, by file, what was written situation by situation."""
    sets = {"seeds": list(read_graded(data / "lexicon" / "seeds.tsv"))}
    for path in sorted((data / "triage").glob("*.tsv")):
        sets[path.stem] = list(read_graded(path))
    return sets
