"""The forms of `xinqiao triage`, `chat`, `check` and `route`, as a process on its own sees them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
TRIAGE_KEYS = {"id", "level", "domains", "subject", "evidence", "language"}


@dataclass(frozen=True, slots=True)
class Done:
    """What a finished process left."""

    status: int | None
    answers: list[dict[str, Any]]
    errors: list[str]


async def xinqiao(folder: Path, *words: str, source: bytes = b"", setting: str = "") -> Done:
    """Run the command line with a folder of its own and return what came out."""
    chosen = {"XINQIAO_VAR": str(folder), "PYTHONPATH": str(ROOT)} | ({setting: "nonsense"} if setting else {})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", *words, cwd=ROOT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **chosen},
    )  # fmt: skip
    async with asyncio.timeout(120):
        out, errors = await process.communicate(source)
    answers = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
    return Done(process.returncode, answers, errors.decode().splitlines())


def lines(*values: object) -> bytes:
    """Return objects as JSON lines; bytes stay as they are."""
    return b"\n".join(
        value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode() for value in values
    )


async def test_triage(tmp_path: Path) -> None:
    text = "我不想活了，药都准备好了"
    fine = {"id": 2, "text": "last week was fine and I slept well at night"}
    source = lines({"id": "a", "text": text}, b"{", fine, {"id": "x"}, b"\xff\xfe")
    done = await xinqiao(tmp_path, "triage", "--rules-only", source=source)
    assert done.status == 2
    assert [line.split(":")[0] for line in done.errors] == ["line 2", "line 4", "line 5"]
    high, calm = done.answers
    assert set(high) == set(calm) == TRIAGE_KEYS
    assert high["id"] == "a"
    assert high["level"] in {"L3", "L4"}
    assert "suicide" in high["domains"]
    assert (high["subject"], high["language"]) == ("self", "zh")
    assert all(piece["quote"] in text and piece["rule"] for piece in high["evidence"])
    assert (calm["id"], calm["level"], calm["evidence"], calm["language"]) == (2, "L0", [], "en")


async def test_triage_of_conversations(tmp_path: Path) -> None:
    turns = [
        {"from": "citizen", "text": "最近睡不好"},
        {"from": "bot", "text": "想听听睡眠的办法吗？"},
        {"from": "citizen", "text": "我想今晚就跳楼"},
        {"from": "citizen", "silence_s": 360},
        {"from": "citizen", "text": "嗯"},
    ]
    source = lines({"id": "a", "turns": turns}, {"id": "b", "turns": "no"}, {"id": "c", "turns": []})
    done = await xinqiao(tmp_path, "triage", "--conversations", source=source)
    assert done.status == 2
    assert [line.split(":")[0] for line in done.errors] == ["line 2"]
    talk, empty = done.answers
    assert len(talk["levels"]) == 4
    assert talk["levels"][0] in {"L0", "L1"}
    assert talk["levels"][1:] == ["L4"] * 3
    assert empty == {"id": "c", "levels": []}


async def test_chat(tmp_path: Path) -> None:
    source = lines(
        {"conversation": "a", "text": "最近总是睡不好"},
        {"conversation": "b", "text": "人工"},
        b"not json",
        {"conversation": "a", "text": "我攒了安眠药，想吃了自杀"},
        {"text": "who?"},
        {"conversation": "a", "text": 7},
        b'{"conversation": "a", "text": "\\ud83d half"}',
    )
    done = await xinqiao(tmp_path, "chat", "--jsonl", "--no-nlu", source=source)
    assert done.status == 2
    assert [line.split(":")[0] for line in done.errors] == ["line 3", "line 5", "line 6"]
    calm, asked, crisis, after = done.answers
    for answer in done.answers:
        assert set(answer) == {"conversation", "level", "owner", "replies"}
        for reply in answer["replies"]:
            assert set(reply) == {"author", "text", "buttons"}
            assert reply["author"] in {"bot", "guide", "person"}
    assert (calm["level"], calm["owner"]) == ("L0", "bot")
    assert (asked["conversation"], asked["owner"]) == ("b", "queue")
    assert crisis["level"] in {"L3", "L4"}
    assert {reply["author"] for reply in crisis["replies"]} == {"guide"}
    assert {reply["author"] for reply in after["replies"]} == {"guide"}
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - the database is thrown away


async def test_check(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    flow = next((data / "flows" / "zh").glob("*.yml"))
    flow.write_text(flow.read_text(encoding="utf-8").replace("slug:", "slug: [", 1), encoding="utf-8")
    done = await xinqiao(tmp_path, "check", str(data))
    assert done.status == 1
    assert any(flow.name in line and line.split(flow.name + ":")[-1][0].isdigit() for line in done.errors)
    missing = await xinqiao(tmp_path, "check", str(tmp_path / "nowhere"))
    assert missing.status == 1
    assert len(missing.errors) == 1


@pytest.mark.parametrize("variable", ["XINQIAO_PORT", "XINQIAO_LOG_LEVEL", "XINQIAO_RETENTION_DAYS"])
async def test_a_wrong_setting_is_one_clear_line(tmp_path: Path, variable: str) -> None:
    done = await xinqiao(tmp_path, "chat", "--jsonl", "--no-nlu", setting=variable)
    assert done.status == 1
    assert [line for line in done.errors if variable in line]
    assert len(done.errors) == 1
