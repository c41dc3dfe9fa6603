"""Train the NLU model once for each state of its inputs: `python nlu/rasa/train.py`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

if not __package__:  # run by its path: the repository takes the place of this folder on the module path
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from nlu.rasa.inputs import CONFIG, DOMAIN, MODELS, ROOT, TRAINING_DATA, model_path
from nlu.rasa.quiet import quiet_rasa

# The last few models stay, so that going back to an earlier state of the data does not train again.
KEPT_MODELS = 3


def say(sentence: str) -> None:
    """Print one line of progress at once."""
    print(f"nlu: {sentence}", flush=True)


def train(target: Path) -> None:
    """Train from the files of the repository and put the model at `target` in one step.

    Raises:
        RuntimeError: Rasa finished without a model.
    """
    quiet_rasa()
    training = importlib.import_module("rasa.model_training")
    MODELS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODELS, prefix=".training-") as folder:
        made = training.train_nlu(
            config=str(CONFIG),
            nlu_data=str(TRAINING_DATA),
            output=folder,
            fixed_model_name="model",
            domain=str(DOMAIN),
        )
        if not made or not Path(made).exists():
            raise RuntimeError("Rasa made no model; its lines above say why")
        Path(made).replace(target)


def forget_old_models(keep: Path) -> None:
    """Delete all but the newest models, never `keep`."""
    others = sorted((p for p in MODELS.glob("*.tar.gz") if p != keep), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in others[KEPT_MODELS - 1 :]:
        path.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Train if there is something to do.

    Returns:
        0 when the model is there, 1 when it could not be trained.
    """
    parser = argparse.ArgumentParser(description="Train the NLU model if its inputs changed.")
    parser.add_argument("--print-path", action="store_true", help="print where the model belongs and train nothing")
    options = parser.parse_args(arguments)
    target = model_path()
    if options.print_path:
        print(target)
        return 0
    if target.exists():
        say(f"model {target.name} is up to date")
        return 0
    say(f"training {target.name} (one to two minutes)")
    started = time.monotonic()
    os.chdir(ROOT)
    try:
        train(target)
    except ModuleNotFoundError as missing:
        say(f"cannot train: {missing}. Use the interpreter of nlu/rasa/.venv; `make run` sets it up.")
        return 1
    except RuntimeError as problem:
        say(f"cannot train: {problem}")
        return 1
    except Exception as problem:  # Rasa's own errors have no common root that can be named without importing it
        cause = problem.__cause__ or problem
        say(f"cannot train: {type(cause).__name__}: {cause}")
        return 1
    forget_old_models(target)
    say(f"trained {target.name} in {time.monotonic() - started:.0f} s, {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
