"""`xinqiao run`: the service and its NLU worker, with the addresses said at the end."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

from rich.console import Console
from rich.panel import Panel

from app.nlu_process import choose_address, why_not, with_worker, worker_running
from app.service import Service, open_service, running
from core.errors import UnavailableError
from core.settings import Settings


async def run_service(settings: Settings, *, demo: bool, nlu: bool) -> int:
    """Run until the process is asked to end.

    Raises:
        UnavailableError: The port is taken.
    """
    screen = Console(stderr=True, highlight=False)
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with AsyncExitStack() as stack:
        settings = await _with_nlu(settings, stack, screen, nlu=nlu)
        service = await stack.enter_async_context(open_service(settings))
        try:
            address = await stack.enter_async_context(running(service))
        except OSError as exc:
            raise UnavailableError(
                f"cannot listen on {settings.host}:{settings.port} ({exc.strerror}); set XINQIAO_PORT to a free port"
            ) from exc
        lines = [f"citizens  {address}/", f"staff     {address}/staff/"]
        if demo:
            from app.demo import start_demo  # noqa: PLC0415 - only here

            lines += await stack.enter_async_context(start_demo(service))
        screen.print(Panel("\n".join(lines), title="心桥 Xinqiao", expand=False))
        await _invite_first(service, address, screen)
        await stopped.wait()
        screen.print("ending; nothing that was said is lost")
    return 0


async def _with_nlu(settings: Settings, stack: AsyncExitStack, screen: Console, *, nlu: bool) -> Settings:
    if settings.nlu_url or not nlu:
        return settings
    reason = why_not()
    if reason is not None:
        screen.print(f"NLU is off, keyword routes answer: {reason}")
        return settings
    address = choose_address()
    await stack.enter_async_context(worker_running(address))
    return with_worker(settings, address)


async def _invite_first(service: Service, address: str, screen: Console) -> None:
    token = await service.accounts.first_invitation()
    if token is not None:
        screen.print("set up the first administrator (once, within three days):")
        # On a line of its own, which nothing breaks or frames: it is copied.
        screen.print(f"{address}/staff/#/join/{token}", soft_wrap=True)
