"""The NLU worker as a child process: started beside the app, started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.ids import new_token
from core.logs import logger
from core.settings import ROOT, Settings
from nlu.rasa.inputs import model_path

log = logger(__name__)
PYTHON = ROOT / "nlu" / "rasa" / ".venv" / "bin" / "python"
WORKER = ROOT / "nlu" / "rasa" / "worker.py"
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class WorkerAddress:
    """Where a child worker listens and what it asks for."""

    url: str
    token: str
    port: int


def why_not() -> str | None:
    """Return why no worker can be started here, or None when one can."""
    if not PYTHON.exists():
        return "Rasa's environment is missing; run: make run"
    model = model_path()
    return None if model.exists() else f"{Path(model).name} is not trained; run: make nlu-train"


def choose_address() -> WorkerAddress:
    """Return a free port of this machine and a new token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return WorkerAddress(f"http://127.0.0.1:{port}", new_token(), port)


def with_worker(settings: Settings, address: WorkerAddress) -> Settings:
    """Return the settings with the child worker's address."""
    return settings.model_copy(update={"nlu_url": address.url, "nlu_token": _secret(settings, address.token)})


@asynccontextmanager
async def worker_running(address: WorkerAddress) -> AsyncIterator[None]:
    """Keep a worker running beside the block; it is ended with it, and ends itself when the parent is killed."""
    task = asyncio.create_task(_keep(address), name="nlu-worker")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(address: WorkerAddress) -> None:
    pause = 1.0
    while True:
        process = await _start(address)
        started = asyncio.get_running_loop().time()
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        lived = asyncio.get_running_loop().time() - started
        pause = 1.0 if lived > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
        log.warning("the NLU worker ended and is started again", action="nlu_restarted", code=code, pause_s=pause)
        await asyncio.sleep(pause)


async def _start(address: WorkerAddress) -> asyncio.subprocess.Process:
    # The worker sees no secret but its own token.
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"XINQIAO_NLU_TOKEN": address.token, "RASA_TELEMETRY_ENABLED": "false"}
    return await asyncio.create_subprocess_exec(
        str(PYTHON),
        str(WORKER),
        "--port",
        str(address.port),
        "--exit-with-parent",
        str(os.getpid()),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


def _secret(settings: Settings, token: str) -> object:
    return type(settings.nlu_token)(token)
