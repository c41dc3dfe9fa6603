"""The seeds guard the lexicon: no edit may lower a message that calls a person (L3 and L4)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import ContentError, ContentErrors
from core.risk import Level
from nlu.graded import Graded, read_graded
from nlu.triage.engine import TriageEngine, load_engine

SEEDS = "seeds.tsv"
ACCEPTED = "accepted_seeds.tsv"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The level a seed had in the last accepted run, and the rule that gave it."""

    level: Level
    rule: str


def check_seeds(data: Path) -> None:
    """Refuse a lexicon that lowers a seed of L3 or L4.

    Raises:
        ContentErrors: Seeds are lower than in the last accepted run, or below L3; the rule that used to hold each is
            named with its file and line, as far as it can be found.
    """
    folder = data / "lexicon"
    engine = load_engine(data)
    if not (folder / SEEDS).is_file():
        problem = "The seeds that guard the lexicon are missing."
        raise ContentErrors([ContentError(folder / SEEDS, None, problem, "Put the file back.")])
    accepted = read_accepted_seeds(folder / ACCEPTED)
    errors = [error for seed in _urgent(folder) for error in _lowered(engine, seed, accepted.get(seed.id), folder)]
    if errors:
        raise ContentErrors(errors)


def read_accepted_seeds(path: Path) -> dict[str, Accepted]:
    """Return what the last accepted run said of each urgent seed; nothing when there is no file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["id"]: Accepted(Level[row["level"]], row["rule"]) for row in rows}


def accept_seeds(data: Path, engine: TriageEngine) -> None:
    """Keep today's levels of the urgent seeds as those that no edit may lower."""
    folder = data / "lexicon"
    with (folder / ACCEPTED).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        writer.writerow(["id", "level", "rule"])
        for seed in _urgent(folder):
            result = engine.assess(seed.text)
            writer.writerow([seed.id, result.level.name, result.evidence[0].rule if result.evidence else ""])


def _urgent(folder: Path) -> Iterator[Graded]:
    return (seed for seed in read_graded(folder / SEEDS) if seed.level >= Level.L3)


def _lowered(engine: TriageEngine, seed: Graded, accepted: Accepted | None, folder: Path) -> Iterator[ContentError]:
    got = engine.assess(seed.text).level
    wanted = Level.L3 if accepted is None else max(accepted.level, Level.L3)
    if got >= wanted:
        return
    rule = "" if accepted is None else accepted.rule
    path, line = _home_of(rule, folder)
    because = f" {rule} used to give it {wanted.name}." if rule else ""
    problem = f"This lowers the seed {seed.id} ({seed.text}) from {wanted.name} to {got.name}.{because}"
    yield ContentError(path, line, problem, "Take the last change of this rule or of the words it names back.")


def _home_of(rule: str, folder: Path) -> tuple[Path, int | None]:
    """Return the file and line of a rule; the seeds' own file when no file has it any more."""
    for path in sorted(folder.glob("*.yml")) if rule else ():
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(rf"id: {re.escape(rule)}(?![\w.])", text):
                return path, number
    return folder / SEEDS, None
