"""Commands that run parts of the service on lines of text."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from rich.console import Console

from app.chat import Chat, open_chat
from app.knowledge import open_router
from app.lines import Lines, id_of, text_of
from app.nlu_process import choose_address, why_not, with_worker, worker_running
from bot.knowledge import Router
from core.crypto import open_key_file
from core.db import Database
from core.errors import UnavailableError
from core.routing import NluState
from core.settings import Settings
from nlu.router import RasaRouter
from nlu.router_lines import route_line

START_S = 180.0
"""How long a worker may take to load its model on a busy machine."""
PATIENT_S = 5.0
"""What a command waits for one parse; a turn in the service waits much less."""


@asynccontextmanager
async def nlu_settings(settings: Settings, *, nlu: bool = True) -> AsyncIterator[Settings]:
    """Yield settings that name a worker which is ready, or none when `nlu` is False.

    Raises:
        UnavailableError: No worker can be started, or it does not become ready.
    """
    if not nlu or settings.nlu_url:
        yield settings
        return
    reason = why_not()
    if reason is not None:
        raise UnavailableError(reason)
    address = choose_address()
    async with worker_running(address):
        patient = with_worker(settings, address).model_copy(update={"nlu_timeout_s": PATIENT_S})
        async with open_router(patient) as router:
            await _ready(router)
        yield patient


async def route_lines(settings: Settings) -> int:
    """Answer `xinqiao route`."""
    async with nlu_settings(settings) as ready, open_router(ready) as router:

        async def answer(value: Mapping[str, object]) -> dict[str, object]:
            line_id = id_of(value)
            return route_line(await router.route(text_of(value, "text")), line_id)

        return await Lines().answer_async(answer)


async def chat_lines(settings: Settings, *, nlu: bool) -> int:
    """Answer `xinqiao chat --jsonl`."""
    async with nlu_settings(settings, nlu=nlu) as ready, open_chat(ready) as chat:
        return await Lines().answer_async(chat.line)


async def chat_terminal(settings: Settings, *, nlu: bool) -> int:
    """Talk at the terminal until the input ends."""
    screen = Console(highlight=False)
    async with nlu_settings(settings, nlu=nlu) as ready, open_chat(ready) as chat:
        screen.print("[dim]心桥 · xinqiao chat. Ctrl-D ends; nothing is kept.[/dim]")
        while (line := await asyncio.to_thread(_read, screen)) is not None:
            if line.strip():
                await _show(screen, chat, line)
    return 0


async def migrate_database(settings: Settings) -> int:
    """Open the database once, which brings its schema up to date."""
    database = Database(settings.database_url, open_key_file(settings.keys))
    await database.open()
    await database.close()
    print("the schema is up to date")
    return 0


async def _ready(router: Router) -> None:
    assert isinstance(router, RasaRouter)
    try:
        async with asyncio.timeout(START_S):
            while await router.refresh() is not NluState.READY:  # noqa: ASYNC110 - another process gives no event
                await asyncio.sleep(0.25)
    except TimeoutError:
        raise UnavailableError("the NLU worker did not become ready") from None


async def _show(screen: Console, chat: Chat, line: str) -> None:
    told = await chat.say("terminal", line)
    screen.print(f"[dim]{told['level']} · {told['owner']}[/dim]")
    for reply in told["replies"]:
        screen.print(f"[bold]{reply['author']}[/bold] ", end="")
        screen.print(reply["text"], markup=False)
        for label in reply["buttons"]:
            screen.print(f"   ▸ {label}", markup=False)


def _read(screen: Console) -> str | None:
    try:
        return screen.input("[cyan]› [/cyan]")
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        return None
