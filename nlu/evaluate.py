"""How triage does on labelled messages: `python -m nlu.evaluate [--folder F] [--misses] [--accept]`.

The project's own sets are compared with the last accepted run, whose figures are in data/lexicon/accepted.json.
Sets of a folder kept elsewhere are reported and never stored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.risk import Level
from nlu.evaluate_folder import report_folder
from nlu.graded import MEASURES, Graded, Judged, Share, is_held_back, own_sets, wilson
from nlu.seeds import accept_seeds
from nlu.triage import TriageEngine, load_engine

Figures = dict[str, dict[str, tuple[int, int]]]
"""By set and measure: how many of how many."""


def judge(engine: TriageEngine, rows: Sequence[Graded]) -> list[Judged]:
    """Return each message with the level it gets now."""
    return [Judged(row, engine.assess(row.text).level) for row in rows]


def figures_of(judged: dict[str, list[Judged]]) -> Figures:
    """Return what is stored of a run: numbers only."""
    figures: Figures = {}
    for name, rows in judged.items():
        shares = ((measure.name, measure.of(rows)) for measure in MEASURES)
        figures[name] = {title: (share.hits, share.total) for title, share in shares if share.total}
    return figures


def read_accepted(path: Path) -> Figures:
    """Return the figures of the last accepted run; nothing was accepted when there is no file."""
    if not path.is_file():
        return {}
    stored: dict[str, dict[str, list[int]]] = json.loads(path.read_text(encoding="utf-8"))
    return {name: {m: (pair[0], pair[1]) for m, pair in shares.items()} for name, shares in stored.items()}


def drops(accepted: Figures, figures: Figures) -> Iterator[str]:
    """Yield what got worse since the accepted run.

    A set of as many messages as then may lose none. A set that has grown may not be worse by more than chance: its
    accepted share must lie within the interval of today's.
    """
    for name, shares in accepted.items():
        for measure in MEASURES:
            if measure.name not in shares or measure.name not in figures.get(name, {}):
                continue
            old, new = Share(*shares[measure.name]), Share(*figures[name][measure.name])
            low, high = (new.value, new.value) if new.total == old.total else wilson(new.hits, new.total)
            if high < old.value if measure.wanted else low > old.value:
                yield f"{name}: {measure.name} was {old.hits}/{old.total}, is {new.hits}/{new.total}"


def report_set(name: str, judged: Sequence[Judged], before: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Yield the figures of one set, line by line."""
    yield name
    for measure in MEASURES:
        share = measure.of(judged)
        if share.total:
            old = before.get(measure.name)
            change = "" if old is None else f"  {(share.value - Share(*old).value) * 100:+.1f} points"
            yield f"  {measure.name:13}{share}{change}"
    yield f"  as labelled  {Share(sum(one.right for one in judged), len(judged))}"
    yield from _confusion(judged)
    yield from _by_domain(judged)


def _confusion(judged: Sequence[Judged]) -> Iterator[str]:
    cells = Counter((one.row.level, one.level) for one in judged)
    yield "  given \\ got " + "".join(f"{level.name:>6}" for level in Level)
    for given in Level:
        yield f"  {given.name:12}" + "".join(f"{cells[given, got]:6}" for got in Level)


def _by_domain(judged: Sequence[Judged]) -> Iterator[str]:
    rows: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.row.level >= Level.L2:
            rows[one.row.domain or "-"].append(one)
    for domain, chosen in sorted(rows.items()):
        yield f"  {domain:18} L2+ as >=L2 {MEASURES[1].of(chosen)}, as >=L3 {MEASURES[3].of(chosen)}"


def report_misses(judged: Sequence[Judged]) -> Iterator[str]:
    """Yield every message whose level is none of those that people accept."""
    for one in judged:
        if not one.right:
            where = f" [{one.row.situation}]" if one.row.situation else ""
            yield f"    {one.row.id} {one.row.level.name} -> {one.level.name} {one.row.text}{where}"


def _held_back(judged: dict[str, list[Judged]]) -> list[Judged]:
    return [one for rows in judged.values() for one in rows if one.row.situation and is_held_back(one.row.situation)]


def main() -> None:
    """Print the figures of the project's own sets and of a folder of labelled messages."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--folder", type=Path, default=None, help="labelled messages kept elsewhere")
    parser.add_argument("--misses", action="store_true", help="print every message that was judged wrong")
    parser.add_argument("--accept", action="store_true", help="keep today's figures as the ones to be reached")
    options = parser.parse_args()
    engine = load_engine(options.data)
    path = options.data / "lexicon" / "accepted.json"
    accepted = read_accepted(path)
    judged = {name: judge(engine, rows) for name, rows in own_sets(options.data).items()}
    lines: list[str] = []
    for name, rows in judged.items():
        lines += report_set(name, rows, accepted.get(name, {}))
        if options.misses:
            lines += report_misses(rows)
    if held := _held_back(judged):
        lines += report_set("held-back situations of the sets above", held, {})
    if options.folder is not None:
        lines += report_folder(engine, options.folder, misses=options.misses)
    figures = figures_of(judged)
    worse = list(drops(accepted, figures))
    lines += ["worse than the accepted run", *(f"  {line}" for line in worse)] if worse else []
    if options.accept:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        accept_seeds(options.data, engine)
        lines.append(f"accepted: {path}")
    sys.stdout.write("\n".join(lines) + "\n")
    if worse and not options.accept:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
