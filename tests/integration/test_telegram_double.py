"""The double on its own, as other processes use it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

ROOT = Path(__file__).parents[2]


async def test_it_runs_on_its_own_and_forgets_what_is_acknowledged() -> None:
    """Updates are injected over HTTP, wait below no offset, and are gone below it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.doubles.telegram_api", "--port", "0", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30), ClientSession() as session:
            hello = json.loads(await process.stdout.readline())
            root = hello["base_url"].removesuffix("/bot")

            async def post(path: str, **body: Any) -> Any:
                async with session.post(f"{root}/{path}", json=body) as answer:
                    return await answer.json()

            async def call(method: str, **params: Any) -> Any:
                async with session.post(f"{root}/bot{hello['token']}/{method}", data=params) as answer:
                    return await answer.json()

            first = (await post("control/inject", chat_id=7, text="你好"))["update_id"]
            second = (await post("control/inject", chat_id=7, data="human", labels={"human": "人工"}))["update_id"]
            assert [update["update_id"] for update in (await call("getUpdates"))["result"]] == [first, second]
            assert [update["update_id"] for update in (await call("getUpdates", offset=second))["result"]] == [second]
            assert [update["update_id"] for update in (await call("getUpdates", offset=0))["result"]] == [second]
            await post("control/fault", method="sendMessage", status=429, description="Too Many", retry_after=3)
            await post("control/block", chat_id=8)
            refused = await call("sendMessage", chat_id=7, text="a")
            assert refused["parameters"] == {"retry_after": 3}
            assert (await call("sendMessage", chat_id=8, text="a"))["error_code"] == 403
            assert (await call("sendMessage", chat_id=7, text="a"))["ok"]
            async with session.get(f"{root}/control/state") as answer:
                state = await answer.json()
            assert (state["waiting"], state["acknowledged"]) == ([second], [first])
            assert [sent["text"] for sent in state["sent"]] == ["a"]
    finally:
        process.kill()
        await process.wait()
