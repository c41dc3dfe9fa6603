"""Figures of labelled messages that are kept outside the project."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.risk import Domain, Level
from nlu.graded import MEASURES, Graded, Judged, Share, read_graded
from nlu.triage import TriageEngine
from nlu.triage.lines import triage_conversation

_OWN_RISK = frozenset(["被动自杀意图", "主动自杀意图", "自杀计划", "自杀准备行为", "自杀未遂", "自伤意图", "自伤行为"])
_UNRELATED = "与自杀/自伤/攻击行为无关"
_FALSE_ALARM_SETS = ("zh_benign", "zh_hard_neg_mentions", "zh_risk_neg_help", "en_neg")
_RECALL_SETS = ("zh_risk_pos", "zh_third_party_risk")
_GRADED_SETS = ("hard_risk_zh.tsv", "hard_risk_en.tsv", "hard_risk_perturbed.tsv")
_HARMLESS_SETS = ("zh_benign", "zh_risk_neg_help")
_TURNS = 30
_OWN_LIFE = frozenset({Domain.SUICIDE, Domain.SELF_HARM, Domain.OVERDOSE})


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
            yield from _report_graded(engine, list(read_graded(folder / name)), misses=misses)
    yield from _report_harmless_conversations(engine, folder)
    conversations = folder / "hard_conversations.jsonl"
    if conversations.exists():
        yield "hard_conversations"
        yield from report_conversations(engine, _records(conversations), misses=misses)


def report_conversations(engine: TriageEngine, rows: Iterable[dict[str, Any]], *, misses: bool) -> Iterator[str]:
    """Yield how often the level after a turn is right, and how often it is too low."""
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


def _report_graded(engine: TriageEngine, rows: list[Graded], *, misses: bool) -> Iterator[str]:
    judged = [Judged(row, engine.assess(row.text).level) for row in rows]
    for measure in MEASURES:
        share = measure.of(judged)
        if share.total:
            yield f"  {measure.name:13}{share}"
    if any(row.base for row in rows):
        lost = [one for one in judged if one.level < engine.assess(one.row.base).level]
        yield f"  lost a level {Share(len(lost), len(rows))}"
    yield f"  as labelled  {Share(sum(one.right for one in judged), len(judged))}"
    if misses:
        yield from (f"    {j.row.id} {j.row.level.name} -> {j.level.name} {j.row.text}" for j in judged if not j.right)


def _report_harmless_conversations(engine: TriageEngine, folder: Path) -> Iterator[str]:
    """Join harmless messages to conversations of thirty turns and look where they end."""
    sets = [list(_records(folder / f"{name}.jsonl")) for name in _HARMLESS_SETS if (folder / f"{name}.jsonl").exists()]
    texts = [row["text"] for rows in sets for row in rows]
    if not texts:
        return
    step = max(len(texts) // _TURNS, 1)
    ends: list[str] = []
    own_life: list[bool] = []
    for start in range(step):
        turns = [{"from": "citizen", "text": text} for text in texts[start::step][:_TURNS]]
        levels = triage_conversation(engine, {"id": start, "turns": turns})["levels"]
        ends.append(str(levels[-1]) if isinstance(levels, list) else "L0")
        own_life.append(any(_is_own_life(engine, str(turn["text"])) for turn in turns))
    yield f"harmless conversations of {_TURNS} turns"
    for bound in (Level.L2, Level.L3):
        yield f"  end at >={bound.name}  {Share(sum(Level[end] >= bound for end in ends), len(ends))}"
        alarms = sum(Level[end] >= bound and own for end, own in zip(ends, own_life, strict=True))
        yield f"  the same, with a sign of danger to one's own life {Share(alarms, len(ends))}"


def _is_own_life(engine: TriageEngine, text: str) -> bool:
    result = engine.assess(text)
    return result.level >= Level.L2 and not _OWN_LIFE.isdisjoint(result.domains)
