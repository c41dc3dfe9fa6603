"""Rasa's agent in a thread of its own, so that the worker's HTTP side never waits for it."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Any

from nlu.rasa.quiet import quiet_rasa


class EngineState(StrEnum):
    """What the engine can do now."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Engine:
    """One model and the one thread that uses it.

    Attributes:
        model: The model's file.
        fingerprint: The hash of the inputs it was trained from (its file's name).
        model_id: Rasa's own name for it, empty before it is loaded.
        start_seconds: How long importing and loading took.
        waiting: Messages that are being parsed or wait for it.
    """

    def __init__(self, model: Path) -> None:
        """Remember the model; `load` reads it."""
        self.model = model
        self.fingerprint = model.name.removesuffix(".tar.gz")
        self.state = EngineState.LOADING
        self.model_id = ""
        self.start_seconds = 0.0
        self.waiting = 0
        self._agent: Any = None
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rasa")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def load(self) -> None:
        """Import Rasa and read the model; a broken model leaves the engine FAILED, with one line on stderr."""
        loop = asyncio.get_running_loop()
        started = time.monotonic()
        try:
            await loop.run_in_executor(self._thread, self._load)
        except (ImportError, OSError, EOFError, tarfile.TarError, ValueError, RuntimeError) as problem:
            self._fail(type(problem).__name__)
            return
        except Exception as problem:  # whatever Rasa raises on a broken model, /status has to say so
            self._fail(type(problem).__name__)
            return
        self.start_seconds = time.monotonic() - started
        self.state = EngineState.READY
        print(f"nlu worker: model {self.fingerprint} ready after {self.start_seconds:.1f} s", flush=True)

    async def parse(self, text: str, wanted: Callable[[], bool]) -> dict[str, Any] | None:
        """Return Rasa's answer, or None when the caller left before its turn.

        Args:
            text: What to read.
            wanted: Whether the caller still waits, asked when the turn comes.
        """
        self.waiting += 1
        try:
            async with self._turn:
                if not wanted():
                    return None
                return await asyncio.get_running_loop().run_in_executor(self._thread, self._parse, text)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Let the thread end; a load under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fail(self, kind: str) -> None:
        """Say once that the model cannot be used."""
        self.state = EngineState.FAILED
        print(f"nlu worker: cannot load {self.model.name}: {kind}; train it again", file=sys.stderr, flush=True)

    def _load(self) -> None:
        """Do the slow part, in the thread."""
        quiet_rasa()
        os.environ.setdefault("XINQIAO_TRIAGE_IN_RASA", "off")  # the service has triaged before it asks
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        agent_module = importlib.import_module("rasa.core.agent")
        agent = agent_module.Agent.load(os.fspath(self.model))
        if not agent.is_ready():
            raise RuntimeError("the agent is not ready")
        self._agent = agent
        self.model_id = str(agent.model_id or "")
        self._parse("你好")  # the first parse reads the word list, which takes a second

    def _parse(self, text: str) -> dict[str, Any]:
        """Parse in the thread, on its own loop."""
        if self._loop is None:
            raise RuntimeError("the model is not loaded")
        result: dict[str, Any] = self._loop.run_until_complete(self._agent.parse_message(text))
        return result
