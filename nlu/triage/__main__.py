"""Triage for another process: JSON lines in, one answer each, until standard input ends (`python -m nlu.triage`).

Rasa's component (nlu/rasa/risk_component.py) asks here, because Rasa's environment has none of the libraries.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from core.errors import InvalidError
from nlu.triage import load_engine
from nlu.triage.lines import triage_line


def main() -> None:
    """Answer each line `{"id", "text"}` with its level, domains, subject, evidence and language."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    engine = load_engine(parser.parse_args().data)
    for line in sys.stdin:
        try:
            answer = triage_line(engine, json.loads(line))
        except (ValueError, InvalidError) as problem:
            answer = {"error": str(problem)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
