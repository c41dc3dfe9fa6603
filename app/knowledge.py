"""Loads what the service thinks with, keeps its versions, and takes changed files in while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from actions.content import Content, load_content
from actions.flows import flow_from_body
from bot.knowledge import Knowledge, Router, Triage
from core.bus import Bus, Signal, Topic
from core.clock import Clock
from core.db import Database
from core.db.content import ContentVersion, all_versions, keep_versions
from core.errors import ContentError, ContentErrors
from core.logs import logger
from core.settings import Settings
from nlu.keywords import KeywordRouter
from nlu.reader.both import load_both
from nlu.route_files import read_actions, read_keywords
from nlu.router import rasa_router

log = logger(__name__)
FLOW = "flow"


@asynccontextmanager
async def open_router(settings: Settings) -> AsyncIterator[Router]:
    """Yield the way to intents: Rasa with keywords behind it, or keywords alone."""
    actions = read_actions(settings.data / "nlu")
    keywords = KeywordRouter(read_keywords(settings.data / "nlu"), actions)
    if not settings.nlu_url:
        yield keywords
        return
    async with rasa_router(
        url=settings.nlu_url,
        token=settings.nlu_token.get_secret_value(),
        actions=actions,
        keywords=keywords,
        timeout_s=settings.nlu_timeout_s,
    ) as router:
        yield router


async def load_knowledge(database: Database, settings: Settings, clock: Clock, router: Router) -> Knowledge:
    """Return content, triage and router, with every flow version that a conversation may stand on.

    Raises:
        ContentError: A file cannot be used; the service does not start with it.
    """
    content = await versioned(database, load_content(settings.data), clock)
    return Knowledge(content=content, triage=load_both(settings.data), router=router)


async def versioned(database: Database, content: Content, clock: Clock) -> Content:
    """Keep the content's flow versions and return it with the earlier ones beside it."""
    versions = [
        ContentVersion(FLOW, flow.slug, flow.language, flow.version, flow.body()) for flow in content.flows.values()
    ]
    async with database.write() as tx:
        await keep_versions(tx, versions, clock.now())
        stored = await all_versions(tx)
    current = {(v.slug, v.language, v.version) for v in versions}
    older = [v for v in stored if v.kind == FLOW and (v.slug, v.language, v.version) not in current]
    return content.with_older(flow_from_body(version.body) for version in older)


class ContentWatch:
    """Takes changed files of data/ in; with a bad one, the last good version stays in force and staff see why."""

    def __init__(self, knowledge: Knowledge, database: Database, settings: Settings, clock: Clock, bus: Bus) -> None:
        """Remember the files as they are now."""
        self._knowledge = knowledge
        self._database = database
        self._settings = settings
        self._clock = clock
        self._bus = bus
        self._seen = fingerprint(settings.data)
        self.errors: tuple[str, ...] = ()

    async def look(self) -> None:
        """Reload when a file has changed."""
        now = await asyncio.to_thread(fingerprint, self._settings.data)
        if now == self._seen:
            return
        self._seen = now
        try:
            content, triage = await asyncio.to_thread(_load, self._settings.data)
        except (ContentError, ContentErrors) as error:
            self.errors = tuple(str(error).splitlines())
            log.error("content was not taken in", action="content_refused", problems=len(self.errors))  # noqa: TRY400
        else:
            self._knowledge.content = await versioned(self._database, content, self._clock)
            self._knowledge.triage = triage
            self.errors = ()
            log.info("content was taken in", action="content_reloaded", checksum=content.checksum[:12])
        self._bus.publish(Signal(Topic.QUEUE))


def fingerprint(data: Path) -> tuple[tuple[str, int, int], ...]:
    """Return names, sizes and times of the content files."""
    return tuple(
        (str(path), stat.st_size, stat.st_mtime_ns) for path in sorted(data.rglob("*.yml")) for stat in (path.stat(),)
    )


def _load(data: Path) -> tuple[Content, Triage]:
    return load_content(data), load_both(data)
