"""`make bench`: start, memory and turns as distributions, with the disk's fsync rate beside them."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.chat import open_chat
from app.measure import nlu_settings
from app.nlu_process import why_not
from core.ids import new_id
from core.messages import ChannelName, InboundMessage
from core.settings import ROOT, Settings

CONVERSATIONS = 50
AT_ONCE = 8
SAYINGS = ("菜单", "最近睡不好怎么办", "我不想活了", "hello", "人工", "工作压力好大", "谢谢", "我昨晚又用刀划手臂了")
"""What is said in turns: menu, topics, risk at three levels, small talk. NLU answers some when it is there."""
WITHOUT_NLU = ("菜单", "人工", "我不想活了", "返回", "2")


async def run_bench(settings: Settings, *, turns: int, out: Path) -> int:
    """Measure, print a table and write every distribution to `out`."""
    figures: dict[str, object] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "fdatasync_per_s": fsync_rate(),
        "start": await asyncio.to_thread(start_and_memory),
        "turns_without_nlu": await _turns(settings, turns, WITHOUT_NLU),
    }
    if why_not() is None:
        async with nlu_settings(settings) as ready:
            figures["rasa_parse"] = await _parses(ready, turns)
            figures["turns_with_nlu"] = await _turns(ready, turns, SAYINGS)
    _write(figures, out)
    _show(figures, out)
    return 0


def _write(figures: dict[str, object], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def fsync_rate(writes: int = 300) -> float:
    """Return how often a second this disk confirms a write of 4 KiB, where temporary files live."""
    with tempfile.NamedTemporaryFile() as file:
        started = time.perf_counter()
        for _ in range(writes):
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
        return round(writes / (time.perf_counter() - started))


def start_and_memory(runs: int = 3) -> dict[str, object]:
    """Start the app without Rasa in fresh processes; seconds until it answers, and its memory in MB then."""
    seconds, memory = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"XINQIAO_VAR": folder, "XINQIAO_PORT": "0", "XINQIAO_LOG_LEVEL": "ERROR"}
            started = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "run", "--no-nlu"],
                env=environment,
                cwd=ROOT,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert child.stderr is not None
            while "citizens" not in (line := child.stderr.readline()):
                if not line:
                    raise RuntimeError("the app did not start")
            seconds.append(round(time.perf_counter() - started, 3))
            memory.append(_memory_mb(child.pid))
            child.terminate()
            child.wait(10)
    return {"seconds": seconds, "memory_mb": memory}


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return round(kilobytes / 1024, 1)


async def _turns(settings: Settings, turns: int, sayings: Sequence[str]) -> dict[str, object]:
    async with open_chat(settings) as chat:
        service = chat.service

        async def turn(number: int) -> None:
            received = await service.inbox.accept(
                InboundMessage(
                    channel=ChannelName.TERMINAL,
                    address=f"bench-{number % CONVERSATIONS}",
                    provider_id=new_id(),
                    text=sayings[number % len(sayings)],
                )
            )
            while await service.turns.take(received.conversation_id):
                pass

        for number in range(CONVERSATIONS):  # the first words and warm caches
            await turn(number)
        alone = await _timed(turn, turns, at_once=1)
        together = await _timed(turn, turns, at_once=AT_ONCE)
    return {"one_at_a_time": alone, f"{AT_ONCE}_at_once": together}


async def _parses(settings: Settings, count: int) -> dict[str, object]:
    async with open_chat(settings) as chat:
        router = chat.service.knowledge.router

        async def parse(number: int) -> None:
            await router.route(SAYINGS[number % len(SAYINGS)])

        return await _timed(parse, count, at_once=1)


async def _timed(work: Callable[[int], Awaitable[None]], count: int, *, at_once: int) -> dict[str, object]:
    """Return rate and distribution in milliseconds of `count` calls."""
    times: list[float] = []
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            began = time.perf_counter()
            await work(number)
            times.append((time.perf_counter() - began) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    elapsed = time.perf_counter() - started
    cuts = statistics.quantiles(times, n=100)
    return {
        "per_s": round(count / elapsed, 1),
        "ms": {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2), "p99": round(cuts[98], 2)},
        "max_ms": round(max(times), 2),
        "all_ms": [round(value, 2) for value in sorted(times)],
    }


def _show(figures: dict[str, object], out: Path) -> None:
    table = Table(title=str(figures["machine"]))
    for column in ("what", "per second", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(column)
    for name, value in figures.items():
        for part, timed in _distributions(name, value):
            ms = timed["ms"]
            table.add_row(part, str(timed["per_s"]), str(ms["p50"]), str(ms["p95"]), str(ms["p99"]))  # type: ignore[index]
    screen = Console()
    screen.print(table)
    screen.print(f"fdatasync {figures['fdatasync_per_s']}/s · start {figures['start']} · all in {out}")


def _distributions(name: str, value: object) -> list[tuple[str, dict[str, object]]]:
    if not isinstance(value, dict):
        return []
    if "ms" in value:
        return [(name, value)]
    return [(f"{name} {part}", timed) for part, timed in value.items() if isinstance(timed, dict) and "ms" in timed]
