"""The real worker with the trained model: its form, its refusals, its silence, and how well it routes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from core.routing import NluState, RouteSource
from nlu.keywords import KeywordRouter
from nlu.rasa.inputs import CONFIG, input_hash, model_path
from nlu.route_files import read_actions, read_keywords
from nlu.router import RasaRouter, rasa_router

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "nlu"
PYTHON = ROOT / "nlu" / "rasa" / ".venv" / "bin" / "python"
TOKEN = "integration-token"
START_S = 90
FLOOR = {"zh": 0.86, "en": 0.86}
TOP_3_FLOOR = 0.93

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(slots=True)
class Worker:
    """A running worker: its address, its client, and all that it printed."""

    url: str
    session: aiohttp.ClientSession
    router: RasaRouter
    first_status: dict[str, Any]
    printed: list[str] = field(default_factory=list)

    async def post(self, body: str | bytes, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
        """Ask for a parse with this body."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.post(f"{self.url}/model/parse", data=body, headers=headers) as response:
            return response.status, await response.json()

    async def get(self, path: str, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
        """Ask for another path."""
        async with self.session.get(self.url + path, headers={"Authorization": f"Bearer {token}"}) as response:
            return response.status, await response.json()


async def keep(stream: asyncio.StreamReader, lines: list[str]) -> None:
    """Collect what is printed as it comes."""
    while line := await stream.readline():
        lines.append(line.decode("utf-8", "replace"))


@pytest.fixture(scope="module")
async def worker() -> AsyncIterator[Worker]:
    if not PYTHON.exists() or not model_path().exists():
        pytest.fail("Rasa's environment or the model is missing: nlu/rasa/README.md has the three commands")
    process = await asyncio.create_subprocess_exec(
        PYTHON,
        ROOT / "nlu" / "rasa" / "worker.py",
        "--port",
        "0",
        "--exit-with-parent",
        env={**os.environ, "XINQIAO_NLU_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    actions = read_actions(DATA)
    keywords = KeywordRouter(read_keywords(DATA), actions)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(process.wait)
        stack.callback(process.terminate)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        first = (await asyncio.wait_for(process.stdout.readline(), START_S)).decode()
        url = first.split()[-1]
        router = await stack.enter_async_context(
            # a generous timeout: the machine that runs the tests may be busy
            rasa_router(url=url, token=TOKEN, actions=actions, keywords=keywords, timeout_s=5)
        )
        running = Worker(url, session, router, {})
        running.first_status = (await running.get("/status"))[1]
        reading = asyncio.create_task(keep(process.stdout, running.printed))
        async with asyncio.timeout(START_S):
            while router.state is not NluState.READY:
                assert process.returncode is None, running.printed
                await asyncio.sleep(0.2)
        yield running
        reading.cancel()


async def test_it_answers_before_the_model_is_loaded(worker: Worker) -> None:
    assert worker.first_status["state"] == "loading"
    status, body = await worker.get("/status")
    assert (status, body["state"], body["fingerprint"]) == (200, "ready", input_hash())
    assert body["model_id"]


async def test_the_answer_has_rasas_form(worker: Worker) -> None:
    status, body = await worker.post('{"text": "我在长沙, 孩子9岁, 每天早上八点醒不来"}')
    assert status == 200
    assert set(body) >= {"text", "intent", "entities", "intent_ranking"}
    assert set(body["intent"]) >= {"name", "confidence"}
    assert body["intent_ranking"][0]["name"] == body["intent"]["name"]
    found = {(e["entity"], e["value"]) for e in body["entities"]}
    assert found >= {("region", "长沙"), ("age", "9岁"), ("role", "孩子"), ("time", "每天早上八点")}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{bad", 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"{}", 422, "missing_text"),
        (b"[]", 422, "missing_text"),
        (b'{"text": 3}', 422, "missing_text"),
        (b'{"text": "  "}', 422, "missing_text"),
        (b'{"text": "' + b"a" * 70_000 + b'"}', 413, "too_large"),
    ],
)
async def test_bad_input_gets_a_code(worker: Worker, body: bytes, status: int, code: str) -> None:
    answered, said = await worker.post(body)
    assert (answered, said["code"]) == (status, code)


async def test_others_are_refused(worker: Worker) -> None:
    assert (await worker.post('{"text": "hi"}', token="wrong"))[0] == 401
    assert (await worker.get("/status", token=""))[0] == 401
    assert (await worker.get("/webhooks/rest/webhook"))[0] == 404


@pytest.mark.parametrize("text", ["\\ud800", "。。。", "🌱🌱", "a", "\\u0000", "\\n\\n!", "很难过" * 3_000])
async def test_no_text_breaks_it(worker: Worker, text: str) -> None:
    status, body = await worker.post(f'{{"text": "{text}"}}')
    assert status == 200
    assert len(body["text"]) <= 1_000


async def test_it_prints_nothing_of_a_message(worker: Worker) -> None:
    for body in ('{"text": "悄悄话悄悄话 zzsecretzz"}', '{"text": ["悄悄话悄悄话 zzsecretzz"', '{"t": "悄悄话悄悄话"}'):
        await worker.post(body)
    assert "悄悄话" not in "".join(worker.printed)
    assert "zzsecretzz" not in "".join(worker.printed)


async def test_many_at_once_are_answered_or_refused_quickly(worker: Worker) -> None:
    answers = await asyncio.gather(*(worker.post('{"text": "睡不着"}') for _ in range(100)))
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 60


async def test_training_left_the_pipeline_file_alone() -> None:
    assert CONFIG.read_text(encoding="utf-8").startswith("# Rasa's pipeline.")


async def test_with_the_model_there_training_does_nothing_and_needs_no_rasa() -> None:
    script = str(ROOT / "nlu" / "rasa" / "train.py")
    # the app's own interpreter, which has no Rasa
    process = await asyncio.create_subprocess_exec(sys.executable, script, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert "up to date" in said.decode()


async def test_a_worker_does_not_outlive_its_parent() -> None:
    command = [str(PYTHON), str(ROOT / "nlu" / "rasa" / "worker.py"), "--port", "0", "--exit-with-parent"]
    parent = f"import os, subprocess, time\nsubprocess.Popen([*{command!r}, str(os.getpid())])\ntime.sleep(600)\n"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        parent,
        env={**os.environ, "XINQIAO_NLU_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"listening" in await asyncio.wait_for(process.stdout.readline(), START_S)
    process.kill()
    # the pipe closes when its last holder, the worker, has ended
    await asyncio.wait_for(process.stdout.read(), START_S)


async def test_traditional_text_is_routed_with_its_own_offsets(worker: Worker) -> None:
    raw = "我在臺北 邊度可以搵心理諮詢"
    route = await worker.router.route(raw)
    assert route.intent == "directory_search"
    assert [(e.entity, e.value, raw[e.start : e.end]) for e in route.entities] == [("region", "台北", "臺北")]


def held_back() -> list[tuple[str, str, str]]:
    """Language, sentence and intent of the held-back set."""
    blocks = yaml.safe_load((DATA / "test.yml").read_text(encoding="utf-8"))["nlu"]
    return [
        ("en" if text.isascii() else "zh", text, block["intent"])
        for block in blocks
        for text in (line.removeprefix("- ") for line in block["examples"].splitlines())
    ]


async def test_it_routes_the_held_back_set(worker: Worker) -> None:
    seen: Counter[str] = Counter()
    first: Counter[str] = Counter()
    among_three: Counter[str] = Counter()
    sure_and_right = sure = 0
    for language, text, intent in held_back():
        route = await worker.router.route(text)
        assert route.source is RouteSource.RASA
        seen[language] += 1
        first[language] += route.intent == intent
        among_three[language] += intent in route.ranking
        sure += route.sure
        sure_and_right += route.sure and route.intent == intent
    for language, floor in FLOOR.items():
        accuracy = first[language] / seen[language]
        top_3 = among_three[language] / seen[language]
        print(f"{language}: first {accuracy:.1%}, among three {top_3:.1%} of {seen[language]}")
        assert accuracy >= floor
        assert top_3 >= TOP_3_FLOOR
    print(f"sure: {sure / seen.total():.1%}, of these right: {sure_and_right / sure:.1%}")
    assert sure_and_right / sure >= 0.92


async def test_the_worker_refuses_a_start_that_cannot_be_safe(tmp_path: Path) -> None:
    script = str(ROOT / "nlu" / "rasa" / "worker.py")
    bare = {key: value for key, value in os.environ.items() if key != "XINQIAO_NLU_TOKEN"}
    with_token = {**bare, "XINQIAO_NLU_TOKEN": TOKEN}
    for arguments, env, word in [
        ([], bare, "XINQIAO_NLU_TOKEN"),
        (["--model", str(tmp_path / "none.tar.gz")], with_token, "no model"),
        (["--host", "0.0.0.0"], with_token, "loopback"),
    ]:
        process = await asyncio.create_subprocess_exec(
            PYTHON, script, *arguments, env=env, stderr=asyncio.subprocess.PIPE
        )
        _, said = await process.communicate()
        assert process.returncode == 2
        assert word in said.decode()
