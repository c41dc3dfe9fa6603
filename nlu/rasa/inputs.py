"""What a trained model depends on, as one hash; standard library only, so that asking costs nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "nlu" / "rasa" / "models"
CONFIG = ROOT / "config.yml"
DOMAIN = ROOT / "data" / "nlu" / "domain.yml"
TRAINING_DATA = ROOT / "data" / "nlu" / "train"
LOCK = ROOT / "nlu" / "rasa" / "requirements.txt"
FEATURIZER = ROOT / "nlu" / "rasa" / "tfidf.py"

HASH_LENGTH = 16


def training_files(root: Path = ROOT) -> list[Path]:
    """Return every file whose change asks for a new training, in a fixed order."""
    fixed = [root / path.relative_to(ROOT) for path in (CONFIG, DOMAIN, LOCK, FEATURIZER)]
    data = sorted((root / TRAINING_DATA.relative_to(ROOT)).rglob("*.yml"))
    return [*fixed, *data]


def input_hash(root: Path = ROOT) -> str:
    """Return the hash of all training inputs: names and contents, no times.

    Raises:
        FileNotFoundError: config.yml, the domain, the lock or the featurizer is missing.
    """
    digest = hashlib.sha256()
    for path in training_files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:HASH_LENGTH]


def model_path(root: Path = ROOT) -> Path:
    """Return where the model of the present inputs is, or would be."""
    return root / MODELS.relative_to(ROOT) / f"{input_hash(root)}.tar.gz"
