"""Risk triage as a step of Rasa's pipeline, so that `rasa shell nlu` and `rasa test` show level and evidence.

The service itself triages before it asks Rasa and never waits for this. Rasa's environment pins libraries that the
triage cannot use (pydantic 1) and lacks others, so the component asks the app's own Python, line by line; a single
process for the life of the component, started with the first message and ended with its standard input.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

ROOT = Path(__file__).resolve().parents[2]
RISK = "risk"
SWITCH = "XINQIAO_TRIAGE_IN_RASA"
"""`off` in the environment leaves the step out; for a worker whose caller has triaged already."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RiskTriage(GraphComponent):  # type: ignore[misc]
    """Puts `risk` on a message: level, domains, subject and evidence; nothing when triage cannot be asked."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: the app's Python, its data, and how long an answer may take."""
        return {"python": ".venv/bin/python", "data": "data", "timeout_s": 5.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003 - the graph calls it so, and there is nothing to keep
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> RiskTriage:
        """Make the component, for Rasa's graph."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Remember the settings; the process starts with the first message."""
        self._command = [str(ROOT / config["python"]), "-m", "nlu.triage", "--data", str(ROOT / config["data"])]
        self._timeout_s = float(config["timeout_s"])
        self._process: subprocess.Popen[bytes] | None = None
        self._given_up = os.environ.get(SWITCH) == "off"

    def process(self, messages: list[Message]) -> list[Message]:
        """Give every message its risk."""
        for message in messages:
            text = message.get(TEXT)
            risk = self.ask(text) if isinstance(text, str) else None
            if risk is not None:
                message.set(RISK, risk, add_to_output=True)
        return messages

    def ask(self, text: str) -> dict[str, Any] | None:
        """Return what triage says of a text; None, and silence from then on, when it does not answer."""
        if self._given_up:
            return None
        try:
            line = self._exchange(json.dumps({"id": "rasa", "text": text}))
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as problem:
            self._give_up(type(problem).__name__)
            return None
        return {key: answer[key] for key in ("level", "domains", "subject", "evidence") if key in answer}

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(self._timeout_s)
            self._process = None

    def _exchange(self, line: str) -> bytes:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise OSError("no pipe")
        sink.write(line.encode() + b"\n")
        sink.flush()
        ready, _, _ = select.select([source], [], [], self._timeout_s)
        answer = source.readline() if ready else b""
        if not answer:
            raise OSError("no answer")
        return answer

    def _give_up(self, why: str) -> None:
        self._given_up = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        print(f"risk triage is left out of Rasa's pipeline: {why}", file=sys.stderr)
