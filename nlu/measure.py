"""How the rules do on labelled messages kept outside the project: `python -m nlu.measure --folder F`."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.risk import Level
from nlu.triage import TriageEngine, load_engine
from nlu.triage.lines import triage_conversation

_OWN_RISK = frozenset(["被动自杀意图", "主动自杀意图", "自杀计划", "自杀准备行为", "自杀未遂", "自伤意图", "自伤行为"])
_UNRELATED = "与自杀/自伤/攻击行为无关"
_FALSE_ALARM_SETS = ("zh_benign", "zh_hard_neg_mentions", "zh_risk_neg_help", "en_neg")
_RECALL_SETS = ("zh_risk_pos", "zh_third_party_risk")
_GRADED_SETS = ("hard_risk_zh.tsv", "hard_risk_en.tsv", "hard_risk_perturbed.tsv")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the messages that were not."""

    hits: int
    total: int

    def __str__(self) -> str:
        """Return the share with its Wilson 95% interval."""
        if not self.total:
            return "none"
        low, high = wilson(self.hits, self.total)
        share = self.hits / self.total
        return f"{share:6.1%} ({self.hits}/{self.total}; {low:.1%}–{high:.1%})"


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95% interval of a share."""
    z = 1.96
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


@dataclass(frozen=True, slots=True)
class Graded:
    """A message with the level that people gave it."""

    id: str
    text: str
    level: Level
    accepted: frozenset[Level]


def read_graded(path: Path) -> Iterator[Graded]:
    """Yield the messages of a table with the columns id, text, level and, if there is one, note."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            level = Level[row["level"]]
            note = row.get("note") or ""
            names = note.partition("accept=")[2].split(";")[0].split("/") if "accept=" in note else []
            accepted = frozenset({level, *(Level[name.strip()] for name in names)})
            yield Graded(row["id"], row["text"], level, accepted)


def report_graded(engine: TriageEngine, rows: Sequence[Graded], *, misses: bool) -> Iterator[str]:
    """Yield the figures of one graded set, line by line."""
    found = [(row, engine.assess(row.text).level) for row in rows]

    def share(of: Callable[[Level], bool], at_least: Level) -> Share:
        chosen = [(row, level) for row, level in found if of(row.level)]
        good = sum(level >= min(at_least, *row.accepted) for row, level in chosen)
        return Share(good, len(chosen))

    yield f"  L2+ as >=L2  {share(lambda w: w >= Level.L2, Level.L2)}"
    yield f"  L2+ as >=L1  {share(lambda w: w >= Level.L2, Level.L1)}"
    yield f"  L3+ as >=L3  {share(lambda w: w >= Level.L3, Level.L3)}"
    yield f"  L4  as  L4   {share(lambda w: w is Level.L4, Level.L4)}"
    for bound in (Level.L1, Level.L2, Level.L3):
        alarms = [level for row, level in found if row.level is Level.L0]
        yield f"  L0  as >={bound.name}  {Share(sum(level >= bound for level in alarms), len(alarms))}"
    exact = sum(level in row.accepted for row, level in found)
    yield f"  as labelled  {Share(exact, len(found))}"
    if misses:
        yield from (
            f"    {row.id} {row.level.name} -> {level.name} {row.text}"
            for row, level in found
            if level not in row.accepted
        )


def report_folder(engine: TriageEngine, folder: Path, *, misses: bool) -> Iterator[str]:
    """Yield the figures of every known set in the folder; a set that is absent is passed over."""
    psysuicide = folder / "psysuicide_valid.jsonl"
    if psysuicide.exists():
        yield "psysuicide_valid"
        rows = list(_records(psysuicide))
        risk = [row["text"] for row in rows if _OWN_RISK.intersection(row["labels"])]
        unrelated = [row["text"] for row in rows if row["labels"] == [_UNRELATED]]
        yield from _report_share(engine, "own risk as >=L2", risk, Level.L2, wanted=True, misses=misses)
        yield from _report_share(engine, "unrelated as >=L2", unrelated, Level.L2, wanted=False, misses=misses)
        yield from _report_share(engine, "unrelated as >=L3", unrelated, Level.L3, wanted=False, misses=False)
    for name, wanted in [(n, False) for n in _FALSE_ALARM_SETS] + [(n, True) for n in _RECALL_SETS]:
        path = folder / f"{name}.jsonl"
        if path.exists():
            yield name
            texts = [row["text"] for row in _records(path)]
            yield from _report_share(engine, "as >=L2", texts, Level.L2, wanted=wanted, misses=misses)
            yield from _report_share(engine, "as >=L3", texts, Level.L3, wanted=wanted, misses=False)
    for name in _GRADED_SETS:
        if (folder / name).exists():
            yield name
            yield from report_graded(engine, list(read_graded(folder / name)), misses=misses)
    conversations = folder / "hard_conversations.jsonl"
    if conversations.exists():
        yield "hard_conversations"
        yield from _report_conversations(engine, _records(conversations), misses=misses)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _report_share(
    engine: TriageEngine, title: str, texts: Iterable[str], bound: Level, *, wanted: bool, misses: bool
) -> Iterator[str]:
    found = [(text, engine.assess(text)) for text in texts]
    yield f"  {title:18} {Share(sum(r.level >= bound for _, r in found), len(found))}"
    if misses:
        for text, result in found:
            if (result.level >= bound) is not wanted:
                rules = ",".join(one.rule for one in result.evidence[:2])
                yield f"    {result.level.name} {text[:160]!r} {rules}"


def _report_conversations(engine: TriageEngine, rows: Iterable[dict[str, Any]], *, misses: bool) -> Iterator[str]:
    right = low = total = 0
    for row in rows:
        got = conversation_levels(engine, row)
        for index, (name, level) in enumerate(zip(row["levels_after_each_turn"], got, strict=True)):
            accepted = {name, *row.get("accept", {}).get(str(index), [])}
            total += 1
            right += level in accepted
            low += level < min(accepted)
            if misses and level not in accepted:
                yield f"    {row['id']} turn {index}: {name} -> {level} {row['turns'][index]}"
    yield f"  turns right        {Share(right, total)}"
    yield f"  turns too low      {Share(low, total)}"


def conversation_levels(engine: TriageEngine, row: dict[str, Any]) -> list[str]:
    """Return the level after each of the citizen's turns; `<SILENCE:6min>` stands for a silence."""
    turns: list[dict[str, object]] = []
    said = row.get("bot_context") or [None] * len(row["turns"])
    for before, text in zip(said, row["turns"], strict=True):
        if before:
            turns.append({"from": "bot", "text": before})
        if text.startswith("<SILENCE"):
            turns.append({"from": "citizen", "silence_s": 60})
        else:
            turns.append({"from": "citizen", "text": text})
    levels = triage_conversation(engine, {"id": row["id"], "turns": turns})["levels"]
    return [str(level) for level in levels] if isinstance(levels, list) else []


def time_per_message(engine: TriageEngine, texts: Sequence[str], rounds: int = 3) -> tuple[float, float]:
    """Return the median and the 99th percentile of the time per message, in microseconds."""
    taken: list[float] = []
    for _ in range(rounds):
        for text in texts:
            begun = time.perf_counter()
            engine.assess(text)
            taken.append((time.perf_counter() - begun) * 1e6)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


def main() -> None:
    """Print the figures of the seeds and of a folder of labelled messages."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--folder", type=Path, default=None, help="labelled messages kept elsewhere")
    parser.add_argument("--misses", action="store_true", help="print every message that was judged wrong")
    options = parser.parse_args()
    engine = load_engine(options.data)
    seeds = list(read_graded(options.data / "lexicon" / "seeds.tsv"))
    lines = ["seeds", *report_graded(engine, seeds, misses=options.misses)]
    median, slow = time_per_message(engine, [seed.text for seed in seeds])
    lines.append(f"  per message: p50 {median:.0f} µs, p99 {slow:.0f} µs")
    sys.stdout.write("\n".join(lines) + "\n")
    if options.folder is not None:
        for line in report_folder(engine, options.folder, misses=options.misses):
            sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
