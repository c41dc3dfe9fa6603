"""Triage asked by another process, and by Rasa's component in Rasa's own environment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RASA_PYTHON = ROOT / "nlu" / "rasa" / ".venv" / "bin" / "python"
ASK_COMPONENT = """
import json, sys
from rasa.shared.nlu.training_data.message import Message
from nlu.rasa.risk_component import RiskTriage
step = RiskTriage(RiskTriage.get_default_config() | {"python": sys.argv[1]})
message = Message(data={"text": "今晚我就从桥上跳下去"})
step.process([message])
print("answer", json.dumps([message.get("risk"), "risk" in message.output_properties]))
step.close()
"""


def test_each_line_gets_its_answer() -> None:
    """A line that cannot be used is answered too, so that whoever asks never waits."""
    lines = [
        json.dumps({"id": 1, "text": "我不想活了"}),
        "no json",
        json.dumps({"id": 2}),
        json.dumps({"id": 3, "text": ""}),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "nlu.triage"],
        cwd=ROOT,
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("level") for answer in answers] == ["L2", None, None, "L0"]
    assert [("error" in answer) for answer in answers] == [False, True, True, False]


@pytest.mark.skipif(not RASA_PYTHON.exists(), reason="Rasa's environment is not set up")
@pytest.mark.parametrize(("python", "level"), [(sys.executable, "L4"), ("/nowhere/python", None)])
def test_rasas_message_holds_the_risk(python: str, level: str | None) -> None:
    """Without the app's Python the message stays as it was, and Rasa goes on."""
    done = subprocess.run(
        [RASA_PYTHON, "-c", ASK_COMPONENT, python], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    [line] = [line for line in done.stdout.splitlines() if line.startswith("answer ")]
    risk, shown = json.loads(line.removeprefix("answer "))
    assert (risk["level"] if risk else None) == level
    assert shown is (level is not None)
