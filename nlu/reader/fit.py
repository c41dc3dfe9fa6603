"""Fitting the heads: logistic regression with a penalty on large weights, by gradient descent over all lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.reader.features import SLOTS, Slots, Weights
from nlu.reader.model import Model, quantised

_ROUNDS = 120
_PENALTY = 0.3
_RATE = 0.3
_MOMENTUM, _MEMORY = 0.9, 0.99
_SEEN = 3
"""A slot that fewer lines fill is not judged."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Table:
    """The features of all lines, by line and by column."""

    lines: Slots
    columns: Slots
    values: Floats
    by_column: Slots
    starts: Slots


def fit(features: Sequence[tuple[Slots, Weights]], wanted: Floats, trust: Floats) -> Model:
    """Return the model that gives each line its heads' wanted answers (0 or 1), as far as each is trusted."""
    lines = np.repeat(np.arange(len(features)), [len(slots) for slots, _ in features])
    slots = np.concatenate([one for one, _ in features])
    seen = np.bincount(slots, minlength=SLOTS)
    rarity = (np.log((1 + len(features)) / (1 + seen)) + 1).astype(np.float32) * (seen >= _SEEN)
    used = np.nonzero(rarity)[0]
    column = np.full(SLOTS, -1)
    column[used] = np.arange(len(used))
    keep = column[slots] >= 0
    values = (np.concatenate([one for _, one in features]) * rarity[slots])[keep]
    lines, columns = lines[keep], column[slots[keep]]
    norms = np.sqrt(np.bincount(lines, values**2, minlength=len(features)))
    values = (values / np.maximum(norms[lines], 1e-6)).astype(np.float32)
    by_column = np.argsort(columns, kind="stable")
    starts = np.concatenate(([0], np.nonzero(np.diff(columns[by_column]))[0] + 1))
    weights, biases = _descend(_Table(lines, columns, values, by_column, starts), wanted, trust, len(used))
    spread = np.zeros((SLOTS, wanted.shape[1]), dtype=np.float32)
    spread[used] = weights
    return quantised(rarity, spread, biases)


def _descend(table: _Table, wanted: Floats, trust: Floats, width: int) -> tuple[Floats, Floats]:
    many, heads = wanted.shape
    # One more row stands for the biases, which no penalty holds back.
    state = np.zeros((width + 1, heads), dtype=np.float32)
    mean, square = np.zeros_like(state), np.zeros_like(state)
    slope = np.empty_like(state)
    lines_by_column, values_by_column = table.lines[table.by_column], table.values[table.by_column]
    for turn in range(1, _ROUNDS + 1):
        for head in range(heads):
            logits = np.bincount(table.lines, table.values * state[table.columns, head], minlength=many)
            odds = 1 / (1 + np.exp(-(logits + state[-1, head])))
            error = ((odds - wanted[:, head]) * trust[:, head]).astype(np.float32)
            slope[:-1, head] = np.add.reduceat(values_by_column * error[lines_by_column], table.starts)
            slope[-1, head] = error.sum()
        slope[:-1] += _PENALTY * state[:-1]
        mean = _MOMENTUM * mean + (1 - _MOMENTUM) * slope
        square = _MEMORY * square + (1 - _MEMORY) * slope**2
        rate = _RATE * min(1.0, (_ROUNDS - turn + 1) / (_ROUNDS / 2))
        spread = np.sqrt(square / (1 - _MEMORY**turn)) + 1e-6
        state = (state - rate * mean / (1 - _MOMENTUM**turn) / spread).astype(np.float32)
    return state[:-1], state[-1]
