"""What both web sides share: errors as JSON, headers that keep pages ours, same-origin checks, bodies with a schema."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import Awaitable, Callable
from json import JSONDecodeError
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import (
    ConflictError,
    DeniedError,
    InvalidError,
    LimitedError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    XinqiaoError,
)
from core.logs import logger

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = TypeVar("Body", bound=BaseModel)
log = logger(__name__)

STATUS: dict[type[XinqiaoError], int] = {
    UnauthenticatedError: 401,
    DeniedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidError: 422,
    LimitedError: 429,
    UnavailableError: 503,
}
SOCKETS: web.AppKey[weakref.WeakSet[web.WebSocketResponse]] = web.AppKey("sockets", weakref.WeakSet)
CLOSING_S = 1.0
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}


class StrictBody(BaseModel):
    """A request body: unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid", str_max_length=200_000)


async def read_body(request: web.Request, schema: type[Body]) -> Body:
    """Return the JSON body of a request.

    Raises:
        InvalidError: It is no JSON or has another form; `field` names the first wrong one.
    """
    if request.content_type != "application/json":
        raise InvalidError("Content-Type must be application/json", reason="content_type")
    try:
        return schema.model_validate(_whole(await request.json()))
    except (JSONDecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidError("the body is not JSON", reason="json") from exc
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidError(f"{field or 'body'}: {first['msg']}", field=field) from exc


def _whole(value: Any) -> Any:
    """Return a body without half characters: a phone may cut an emoji in two, and its message must still arrive."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value


def error_response(error: XinqiaoError) -> web.Response:
    """Return an error as docs/api.md gives it."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    data = dict(error.data)
    code = str(data.pop("reason", error.code))
    return web.json_response({"error": {"code": code, "message": str(error), **data}}, status=status)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into JSON; what nobody foresaw is logged without the request's content."""
    try:
        return await handler(request)
    except XinqiaoError as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - redirects are answers
            raise
        body = {"error": {"code": error.reason.lower().replace(" ", "_"), "message": error.reason}}
        return web.json_response(body, status=error.status)
    except asyncio.CancelledError:
        raise
    except Exception:
        route = request.match_info.route.resource
        log.exception("a request failed", action="request_failed", route=route.canonical if route else "?")
        return web.json_response({"error": {"code": "internal", "message": "internal error"}}, status=500)


@web.middleware
async def same_origin_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse changes and WebSockets that another site's page began (CSRF), by Sec-Fetch-Site and Origin."""
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    if (request.method not in SAFE_METHODS or upgrade) and not is_same_origin(request):
        return error_response(DeniedError("this request came from another site", reason="cross_site"))
    return await handler(request)


def is_same_origin(request: web.Request) -> bool:
    """Return True when a request comes from our own page, or from a program that sends no cookie."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.host
    return not request.cookies


@web.middleware
async def safe_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the headers on every answer that keep pages from loading or being embedded elsewhere."""
    response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
        if "/api/" in request.path:
            response.headers["Cache-Control"] = "no-store"
    return response


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def close_sockets_at_the_end(app: web.Application) -> None:
    """See to it that open WebSockets do not keep the server from ending: pages connect again to the next start."""
    sockets: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()
    app[SOCKETS] = sockets

    async def close(_app: web.Application) -> None:
        await asyncio.gather(*(one.close(code=WSCloseCode.GOING_AWAY) for one in list(sockets)))

    app.on_shutdown.append(close)


async def open_socket(request: web.Request, heartbeat_s: float) -> web.WebSocketResponse:
    """Return a WebSocket that is open; a peer that does not answer the closing is not waited for long."""
    socket = web.WebSocketResponse(heartbeat=heartbeat_s, timeout=CLOSING_S)
    await socket.prepare(request)
    if SOCKETS in request.app:
        request.app[SOCKETS].add(socket)
    return socket


def as_json(value: Any, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.json_response(value, status=status, dumps=_dumps)
