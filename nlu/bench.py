"""How long triage takes: its start, messages of usual length, and how the cost grows with the length."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from nlu.graded import own_sets
from nlu.triage import TriageEngine, load_engine

_LENGTHS = (30, 200, 1_000, 10_000, 100_000)


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


def texts_of(length: int, sentences: Sequence[str], many: int) -> Iterator[str]:
    """Yield texts of one length, made of different sentences in turn, so that nothing repeats itself soon."""
    endless = itertools.cycle(sentences)
    for _ in range(many):
        text = ""
        while len(text) < length:
            text += next(endless) + "。"
        yield text[:length]


def main() -> None:
    """Print the time of the start, per message, and by length."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    options = parser.parse_args()
    begun = time.perf_counter()
    engine = load_engine(options.data)
    engine.assess("")
    sys.stdout.write(f"start {time.perf_counter() - begun:.2f} s\n")
    sentences = [row.text for rows in own_sets(options.data).values() for row in rows]
    for length in _LENGTHS:
        many = max(min(len(sentences), 400_000 // length), 3)
        middle, slow = time_per_message(engine, list(texts_of(length, sentences, many)))
        sys.stdout.write(f"{length:7} characters: p50 {middle:9.0f} µs, p99 {slow:9.0f} µs\n")


if __name__ == "__main__":
    main()
