"""The whole service in one process: built from settings, started and stopped in order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app.knowledge import ContentWatch, load_knowledge, open_router
from app.worker import DueWorker
from bot.channels.port import Channel
from bot.company import Company
from bot.dispatcher import Dispatcher
from bot.inbox import StoredInbox
from bot.knowledge import Knowledge
from bot.outbox import OutboxSender
from bot.turn import TurnTaker
from bot.web.live import CitizenLive
from bot.web.site import CitizenSite
from core.bus import Bus, LocalBus
from core.clock import Clock, SystemClock
from core.crypto import KeyRing, open_key_file
from core.db import Database
from core.db.due import DueKind
from core.logs import logger
from core.messages import ChannelName
from core.settings import Settings
from core.web import close_sockets_at_the_end, errors_as_json, safe_headers, same_origin_only
from handoff.accounts import Accounts
from handoff.alerts import Alerts
from handoff.desk import Desk
from handoff.web.auth import StaffRoutes
from handoff.web.live import StaffLive
from handoff.web.site import StaffSite
from handoff.web.view import Health

log = logger(__name__)
LONGEST_REQUEST = 1024 * 1024
"""Bytes; a message of any sensible length fits, a flood does not."""


@dataclass(slots=True)
class Service:
    """The parts of a running service."""

    settings: Settings
    clock: Clock
    bus: Bus
    database: Database
    knowledge: Knowledge
    inbox: StoredInbox
    turns: TurnTaker
    dispatcher: Dispatcher
    outbox: OutboxSender
    worker: DueWorker
    watch: ContentWatch
    accounts: Accounts
    desk: Desk
    channels: dict[ChannelName, Channel]
    web: web.Application
    staff_routes: StaffRoutes


@asynccontextmanager
async def open_service(
    settings: Settings, *, clock: Clock | None = None, keys: KeyRing | None = None
) -> AsyncIterator[Service]:
    """Yield a service that is built but not running: the database is open, content is loaded.

    Raises:
        ContentError: A file in data/ cannot be used.
        SettingsError: A setting is wrong, or the key file belongs to another database.
    """
    clock = clock or SystemClock()
    bus = LocalBus()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url, keys or open_key_file(settings.keys))
        stack.push_async_callback(database.close)
        await database.open()
        router = await stack.enter_async_context(open_router(settings))
        knowledge = await load_knowledge(database, settings, clock, router)
        yield _build(settings, clock, bus, database, knowledge)


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[str]:
    """Run a service and yield the address that it listens on."""
    async with AsyncExitStack() as stack:
        for name, work in _loops(service).items():
            stack.push_async_callback(_stop, asyncio.create_task(_keep_running(name, work), name=name))
        for channel in service.channels.values():
            await channel.start()
            stack.push_async_callback(channel.stop)
        stack.callback(_schedule(service).shutdown, wait=False)
        yield await stack.enter_async_context(_listening(service))


def _build(settings: Settings, clock: Clock, bus: Bus, database: Database, knowledge: Knowledge) -> Service:
    inbox = StoredInbox(database, bus, clock)
    turns = TurnTaker(database, knowledge, bus, clock, settings)
    company = Company(database, knowledge, bus, clock, settings)
    alerts = Alerts(database, bus, clock)
    watch = ContentWatch(knowledge, database, settings, clock, bus)
    accounts = Accounts(database, clock)
    desk = Desk(database, knowledge, bus, clock, settings)
    app = web.Application(middlewares=[safe_headers, errors_as_json, same_origin_only], client_max_size=LONGEST_REQUEST)
    close_sockets_at_the_end(app)
    site = CitizenSite(database, inbox, turns, knowledge, bus, clock, settings)
    site.add_routes(app)
    pages = CitizenLive(site)
    pages.add_routes(app)
    live = StaffLive(
        database,
        bus,
        clock,
        health=lambda: Health(knowledge.router.state, watch.errors),
        pages_of=lambda conversation_id: pages.open_pages.get(conversation_id, 0),
    )
    staff = StaffSite(
        database=database,
        accounts=accounts,
        desk=desk,
        live=live,
        knowledge=knowledge,
        bus=bus,
        clock=clock,
        settings=settings,
    )
    channels = _channels(settings, inbox, app)
    handlers = {
        DueKind.COMPANY: company.keep,
        DueKind.NUDGE: company.nudge,
        DueKind.UNCLAIMED: alerts.unclaimed,
        DueKind.UNANSWERED: alerts.unanswered,
    }
    return Service(
        settings=settings,
        clock=clock,
        bus=bus,
        database=database,
        knowledge=knowledge,
        inbox=inbox,
        turns=turns,
        dispatcher=Dispatcher(database, turns, bus),
        outbox=OutboxSender(database, channels, bus, clock),
        worker=DueWorker(database, clock, handlers, timedelta(days=settings.retention_days)),
        watch=watch,
        accounts=accounts,
        desk=desk,
        channels=channels,
        web=app,
        staff_routes=staff.add_routes(app),
    )


def _channels(settings: Settings, inbox: StoredInbox, app: web.Application) -> dict[ChannelName, Channel]:
    token = settings.telegram_token.get_secret_value()
    if not token:
        return {}
    from bot.channels.telegram import Mode, TelegramChannel, load_commands  # noqa: PLC0415 - 0.3 s that most save
    from bot.channels.telegram.channel import TELEGRAM  # noqa: PLC0415

    telegram = TelegramChannel(
        token=token,
        inbox=inbox,
        commands=load_commands(settings.data / "telegram" / "commands.yml"),
        base_url=settings.telegram_api or TELEGRAM,
        mode=Mode.WEBHOOK if settings.telegram_webhook else Mode.POLLING,
        public_url=settings.telegram_webhook,
        webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
    )
    if settings.telegram_webhook:
        app.router.add_post(telegram.webhook_path, telegram.webhook_handler)
    return {ChannelName.TELEGRAM: telegram}


def _loops(service: Service) -> Mapping[str, Coroutine[None, None, None]]:
    return {"dispatcher": service.dispatcher.run(), "outbox": service.outbox.run()}


async def _keep_running(name: str, work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except Exception:
        # A service that takes messages and never answers them is worse than one that is seen to be down.
        log.critical("a loop ended; the process stops", action="loop_ended", loop=name, exc_info=True)
        os.kill(os.getpid(), signal.SIGTERM)


def _schedule(service: Service) -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(service.worker.tick, "interval", seconds=1, misfire_grace_time=None)
    scheduler.add_job(service.worker.forget, "interval", hours=1, misfire_grace_time=None)
    scheduler.add_job(service.watch.look, "interval", seconds=2, misfire_grace_time=None)
    scheduler.start()
    return scheduler


@asynccontextmanager
async def _listening(service: Service) -> AsyncIterator[str]:
    runner = web.AppRunner(service.web, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, service.settings.host, service.settings.port)
        await site.start()
        port = runner.addresses[0][1]
        yield service.settings.public_url.rstrip("/") or f"http://{service.settings.host}:{port}"
    finally:
        await runner.cleanup()


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
