"""The app's way to Rasa: a short question over HTTP, and keyword routes whenever there is no quick answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

import aiohttp
import structlog
from pydantic import BaseModel, Field, ValidationError

from core.routing import Entity, NluState, Route, RouteSource
from nlu.keywords import KeywordRouter, plain
from nlu.route_files import RANKED, RouteActions

log = structlog.get_logger(__name__)

SURE_FROM = 0.25
"""Confidence from which the first intent is followed instead of offering three.

On the held-back set nine in ten messages reach it, and of these 96% are right; of the others about every second is, so
that offering three is the kinder answer there. docs/nlu-intents.md has the table.
"""

PARSED_CHARACTERS = 1_000
STATUS_TIMEOUT_S = 1.0
POLL_S = 2.0
# A worker that was never reached is still starting for this many questions (about a minute), then down.
PATIENT_POLLS = 30
_ANSWER_BYTES = 256 * 1024


class Router(Protocol):
    """Finds where a message should go."""

    @property
    def state(self) -> NluState:
        """Whether the NLU behind it answers."""

    async def route(self, text: str) -> Route:
        """Return the route of a message; never raises for any text."""


class _Intent(BaseModel):
    name: str | None = None
    confidence: float = Field(ge=0, le=1.001)


class _Entity(BaseModel):
    entity: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class _Parse(BaseModel):
    """The part of Rasa's answer that is used."""

    intent: _Intent
    intent_ranking: tuple[_Intent, ...] = ()
    entities: tuple[_Entity, ...] = ()


class _Status(BaseModel):
    """Our worker names its state; a stock Rasa server names its model."""

    state: str | None = None
    model_id: str | None = None
    model_file: str | None = None


class _NoAnswer(Exception):  # noqa: N818 - not an error: keyword routes follow
    """The worker gave no usable answer; the reason goes to the log."""


class RasaRouter:
    """Asks the NLU worker, and falls back to keywords when it is not ready, slow or broken."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        token: str,
        actions: RouteActions,
        keywords: KeywordRouter,
        timeout_s: float = 0.3,
    ) -> None:
        """Take the client and the two ways to a route; nothing is asked yet.

        Args:
            session: The HTTP client; the caller closes it.
            url: Address of the worker.
            token: The worker's bearer token.
            actions: What to do for each intent.
            keywords: The routes without Rasa.
            timeout_s: Seconds a message may wait for its parse, connecting included.
        """
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._actions = actions
        self._keywords = keywords
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._state = NluState.STARTING
        self._reached = False
        self._missed = 0

    @property
    def state(self) -> NluState:
        """Return what the last question to the worker showed."""
        return self._state

    async def route(self, text: str) -> Route:
        """Return Rasa's route, or the keywords' when there is none in time."""
        if self._state is not NluState.READY or not text.strip():
            return self._keywords.find_route(text)
        read = plain(text[:PARSED_CHARACTERS])
        try:
            return self._route(read, await self._parse(read))
        except _NoAnswer as reason:
            log.warning("NLU gave no answer, keywords are used", action="nlu_no_answer", reason=str(reason))
            return self._keywords.find_route(text)

    async def refresh(self) -> NluState:
        """Ask the worker for its state and return it."""
        try:
            async with self._session.get(
                f"{self._url}/status",
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=STATUS_TIMEOUT_S),
                allow_redirects=False,
            ) as response:
                body = await response.content.read(_ANSWER_BYTES)
                state = _state_of(response.status, body)
                self._reached = True
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._missed += 1
            patient = not self._reached and self._missed <= PATIENT_POLLS
            state = NluState.STARTING if patient else NluState.DOWN
        self._become(state)
        return state

    async def watch(self, poll_s: float = POLL_S) -> None:
        """Ask for the state again and again, until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(poll_s)

    async def _parse(self, text: str) -> _Parse:
        try:
            async with self._session.post(
                f"{self._url}/model/parse",
                json={"text": text},
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                if response.status != 200:  # noqa: PLR2004 - OK
                    raise _NoAnswer(f"status {response.status}")
                body = await response.content.read(_ANSWER_BYTES)
        except TimeoutError as exc:
            raise _NoAnswer("timeout") from exc
        except (aiohttp.ClientError, OSError) as exc:
            self._become(NluState.DOWN)
            raise _NoAnswer(type(exc).__name__) from exc
        try:
            return _Parse.model_validate_json(body)
        except ValidationError as exc:
            raise _NoAnswer("malformed answer") from exc

    def _route(self, text: str, parse: _Parse) -> Route:
        intent = parse.intent.name
        if intent not in self._actions.actions:
            raise _NoAnswer("unknown intent")
        names = (item.name for item in parse.intent_ranking if item.name in self._actions.actions)
        ranking = self._actions.ranked((intent, *(name for name in names if name)))[:RANKED]
        return Route(
            intent=intent,
            confidence=round(min(parse.intent.confidence, 1.0), 4),
            ranking=ranking,
            action=self._actions.actions[intent],
            sure=parse.intent.confidence >= SURE_FROM,
            entities=longest_entities(text, parse.entities),
            source=RouteSource.RASA,
        )

    def _become(self, state: NluState) -> None:
        if state is not self._state:
            log.info("NLU changed its state", action="nlu_state", before=self._state.value, now=state.value)
            self._state = state


def longest_entities(text: str, found: Iterable[_Entity]) -> tuple[Entity, ...]:
    """Return the entities in their order, of overlapping ones of a kind the longest only."""
    kept: list[Entity] = []
    for item in sorted(found, key=lambda e: (e.start - e.end, e.start)):
        fits = item.start < item.end <= len(text)
        taken = any(e.entity == item.entity and e.start < item.end and item.start < e.end for e in kept)
        if fits and not taken:
            kept.append(Entity(item.entity, text[item.start : item.end], item.start, item.end))
    return tuple(sorted(kept, key=lambda e: (e.start, e.entity)))


def _state_of(status: int, body: bytes) -> NluState:
    if status != 200:  # noqa: PLR2004 - OK
        return NluState.DOWN
    try:
        said = _Status.model_validate_json(body)
    except ValidationError:
        return NluState.DOWN
    if said.state == "loading":
        return NluState.STARTING
    if said.state == "ready" or (said.state is None and (said.model_id or said.model_file)):
        return NluState.READY
    return NluState.DOWN


@asynccontextmanager
async def rasa_router(
    *, url: str, token: str, actions: RouteActions, keywords: KeywordRouter, timeout_s: float = 0.3
) -> AsyncIterator[RasaRouter]:
    """Open a router that knows the worker's state at once and watches it until it is closed."""
    async with aiohttp.ClientSession() as session:
        router = RasaRouter(session, url=url, token=token, actions=actions, keywords=keywords, timeout_s=timeout_s)
        await router.refresh()
        watching = asyncio.create_task(router.watch(), name="nlu-watch")
        try:
            yield router
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
