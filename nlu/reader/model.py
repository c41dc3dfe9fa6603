"""The trained weights: how they are applied to a text, written to a file and read again."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.reader.features import SLOTS, Slots, Weights, features_of

WEIGHTS_FILE = "reader.npz"
FACTS_FILE = "reader.json"
HEADS = 3
"""One head each for at least L1, at least L2 and at least L3."""
_RARITY_STEP = 1 / 16
_EDGE = 127

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """Linear heads over hashed features, in whole numbers of one byte.

    Attributes:
        rarity: How much each slot counts, in sixteenths; 0 where training saw too little to judge.
        weights: Per slot and head, in steps of `steps`.
        steps: What one whole number of a head is worth.
        biases: What each head starts from.
    """

    rarity: NDArray[np.uint8]
    weights: NDArray[np.int8]
    steps: Floats
    biases: Floats

    def scores(self, features: tuple[Slots, Weights]) -> Floats:
        """Return the log odds that each head gives."""
        slots, counts = features
        values = counts * self.rarity[slots]
        norm = max(float(np.sqrt(np.dot(values, values))), 1e-6)
        return ((values @ self.weights[slots]) * (self.steps / norm) + self.biases).astype(np.float32)

    def scores_of(self, text: str) -> Floats:
        """Return the log odds for a piece of normalised text."""
        return self.scores(features_of(text))


def quantised(rarity: Floats, weights: Floats, biases: Floats) -> Model:
    """Return a model in whole numbers; the lost precision is below what its own uncertainty is."""
    steps = np.maximum(np.abs(weights).max(axis=0) / _EDGE, 1e-9).astype(np.float32)
    whole = np.rint(weights / steps).astype(np.int8)
    return Model(np.rint(rarity / _RARITY_STEP).clip(0, 255).astype(np.uint8), whole, steps, biases)


def write_model(model: Model, path: Path) -> None:
    """Write the weights: the slots in use and their numbers, with no date, so that equal weights give equal files."""
    used = model.rarity > 0
    parts: dict[str, NDArray[np.generic]] = {
        "used": np.packbits(used),
        "rarity": model.rarity[used],
        "weights": np.ascontiguousarray(model.weights[used].T),
        "steps": model.steps,
        "biases": model.biases,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, part in parts.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), "w") as out:
                np.lib.format.write_array(out, part, allow_pickle=False)


def read_model(path: Path) -> Model:
    """Read weights that `write_model` wrote.

    Raises:
        ValueError: The file holds something else.
    """
    with np.load(path, allow_pickle=False) as parts:
        names: Sequence[str] = ("used", "rarity", "weights", "steps", "biases")
        if any(name not in parts for name in names):
            raise ValueError(f"{path} holds no weights of the second reader.")
        used = np.unpackbits(parts["used"], count=SLOTS).astype(bool)
        rarity = np.zeros(SLOTS, dtype=np.uint8)
        rarity[used] = parts["rarity"]
        weights = np.zeros((SLOTS, HEADS), dtype=np.int8)
        weights[used] = parts["weights"].T
        return Model(rarity, weights, parts["steps"].astype(np.float32), parts["biases"].astype(np.float32))
