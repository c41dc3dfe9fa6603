"""The figures of the project's own sets do not fall behind the last accepted run."""

from __future__ import annotations

from pathlib import Path

from nlu.evaluate import drops, figures_of, judge, read_accepted
from nlu.graded import own_sets
from nlu.triage import load_engine

DATA = Path(__file__).parents[2] / "data"


def test_no_figure_dropped() -> None:
    """A drop is explained and accepted (`make evaluate ARGS=--accept`), or it is mended."""
    engine = load_engine(DATA)
    judged = {name: judge(engine, rows) for name, rows in own_sets(DATA).items()}
    assert list(drops(read_accepted(DATA / "lexicon" / "accepted.json"), figures_of(judged))) == []


def test_a_set_of_the_same_size_may_lose_nothing() -> None:
    before = {"seeds": {"L2+ as >=L2": (10, 10), "L0 as >=L2": (0, 10)}}
    assert len(list(drops(before, {"seeds": {"L2+ as >=L2": (9, 10), "L0 as >=L2": (1, 10)}}))) == 2
    assert list(drops(before, before)) == []


def test_a_set_that_grew_may_differ_by_chance() -> None:
    before = {"mine": {"L2+ as >=L2": (50, 100)}}
    assert list(drops(before, {"mine": {"L2+ as >=L2": (96, 200)}})) == []
    assert list(drops(before, {"mine": {"L2+ as >=L2": (60, 200)}})) == [
        "mine: L2+ as >=L2 was 50/100, is 60/200",
    ]
