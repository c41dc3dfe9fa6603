"""A Bot API that runs here: what Telegram remembers, forgets, refuses and lets hang.

Used inside a test's process, or on its own with `python -m tests.doubles.telegram_api --port 8081`, then steered
over `/control`: `POST /control/inject`, `/control/fault`, `/control/block`, `GET /control/state`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiohttp import ClientSession, web

from tests.doubles import telegram_updates

TOKEN = "4242424242:AAHtestTokenOfTheDouble_0123456789ab"
BOT_ID = 4242424242


class FaultKind(StrEnum):
    """What can go wrong with a request."""

    PASS = "pass"
    """Nothing: the fault behind it meets a later request."""
    STATUS = "status"
    """It is answered with an error and has no effect."""
    HANG = "hang"
    """It has its effect and is not answered until `release_hanging`."""
    DROP = "drop"
    """It has its effect and the connection is cut instead of an answer."""
    GARBAGE = "garbage"
    """It has its effect and the answer cannot be read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong once."""

    kind: FaultKind = FaultKind.STATUS
    status: int = 500
    description: str = "Internal Server Error"
    retry_after: int | None = None
    page: bool = False
    """Answer with a proxy's page instead of JSON."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in."""

    method: str
    params: dict[str, Any]
    at: float
    """Monotonic seconds."""


@dataclass(slots=True)
class _Sent:
    """What the chats show."""

    chat_id: int
    message_id: int
    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, description: str, **parameters: object) -> None:
        """Keep what Telegram would answer."""
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


class TelegramDouble:
    """The Bot API of one bot."""

    def __init__(self, token: str = TOKEN) -> None:
        """Hold nothing yet."""
        self.token = token
        self.revoked = False
        self.updates: deque[dict[str, Any]] = deque()
        self.acknowledged: list[int] = []
        self.calls: list[Call] = []
        self.sent: list[_Sent] = []
        self.blocked: set[int] = set()
        self.missing: set[int] = set()
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.port = 0
        self._faults: dict[str, deque[Fault]] = {}
        self._next_update = 900_000_001
        self._next_message = 1
        self._poll = 0
        self._changed = asyncio.Condition()
        self._release = asyncio.Event()
        self._runner: web.AppRunner | None = None

    # --- life ---

    async def start(self, port: int = 0) -> Self:
        """Listen on a free port of the loopback, or on the given one."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_post("/control/inject", self._control_inject)
        app.router.add_post("/control/fault", self._control_fault)
        app.router.add_post("/control/block", self._control_block)
        app.router.add_get("/control/state", self._control_state)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Close the port, as when Telegram cannot be reached; what it remembers stays for the next start."""
        await self.release_hanging()
        self._poll += 1
        async with self._changed:
            self._changed.notify_all()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Start."""
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def base_url(self) -> str:
        """Return what stands before the token in a request's address."""
        return f"http://127.0.0.1:{self.port}/bot"

    # --- what happens in Telegram ---

    async def inject(self, *, update_id: int | None = None, **content: Any) -> int:
        """Let an update of the given content wait, and return its id."""
        if update_id is None:
            update_id = self._next_update
        self._next_update = max(self._next_update, update_id) + 1
        async with self._changed:
            self.updates.append({"update_id": update_id, **content})
            self._changed.notify_all()
        return update_id

    async def write(self, chat_id: int, text: str, **more: Any) -> int:
        """Let a citizen write a text."""
        content = telegram_updates.message(chat_id, self.next_number(), text=text, **more)
        return await self.inject(message=content)

    async def press(self, chat_id: int, data: str, **more: Any) -> int:
        """Let a citizen press a button."""
        content = telegram_updates.press(chat_id, self.next_number(), data, **more)
        return await self.inject(callback_query=content)

    def next_number(self) -> int:
        """Return the next message's number."""
        self._next_message += 1
        return self._next_message

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next requests of a method go wrong, one after the other."""
        self._faults.setdefault(method, deque()).extend(faults)

    async def release_hanging(self) -> None:
        """Answer the requests that hang."""
        self._release.set()
        self._release = asyncio.Event()

    async def post_webhook(self, update: dict[str, Any], *, secret: str | None = None) -> int:
        """Post an update to the bot's webhook, as Telegram does, and return the status of the answer."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"] if secret is None else secret}
        async with (
            ClientSession() as session,
            session.post(self.webhook["url"], json=update, headers=headers) as answer,
        ):
            return answer.status

    # --- what tests look at ---

    def calls_of(self, method: str) -> list[Call]:
        """Return the requests of one method."""
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        """Return when the condition holds; it is asked again at each request and each update.

        Raises:
            TimeoutError: It does not hold in time.
        """
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: bool(condition()))

    # --- the Bot API ---

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request as Telegram would, or as the next fault says."""
        method = request.match_info["method"]
        params: dict[str, Any] = dict(await request.post()) if request.method == "POST" else dict(request.query)
        async with self._changed:
            self.calls.append(Call(method, params, time.monotonic()))
            self._changed.notify_all()
        faults = self._faults.get(method)
        fault = faults.popleft() if faults else None
        try:
            if request.match_info["token"] != self.token or self.revoked:
                raise Refused(401, "Unauthorized")
            if fault is not None and fault.kind is FaultKind.STATUS:
                if fault.page:
                    return web.Response(status=fault.status, text="<html>Bad Gateway</html>", content_type="text/html")
                extra = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
                raise Refused(fault.status, fault.description, **extra)
            result = await self._perform(method, params)
        except Refused as refused:
            body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return web.json_response(body, status=refused.status)
        async with self._changed:
            self._changed.notify_all()
        if fault is not None and fault.kind is not FaultKind.PASS:
            return await self._spoil(request, fault.kind)
        return web.json_response({"ok": True, "result": result})

    async def _spoil(self, request: web.Request, kind: FaultKind) -> web.StreamResponse:
        """Answer late, never or unreadably what has had its effect."""
        if kind is FaultKind.HANG:
            await self._release.wait()
        elif kind is FaultKind.DROP and request.transport is not None:
            request.transport.abort()
        return web.Response(text="}{", content_type="application/json")

    async def _perform(self, method: str, params: dict[str, Any]) -> Any:
        """Do what a method does."""
        match method:
            case "getMe":
                return {"id": BOT_ID, "is_bot": True, "first_name": "心桥", "username": "xinqiao_bot"}
            case "getUpdates":
                return await self._get_updates(params)
            case "sendMessage":
                return await self._send_message(params)
            case "setMyCommands":
                self.commands[params.get("language_code", "")] = json.loads(params["commands"])
            case "setWebhook":
                self.webhook = params
            case "deleteWebhook":
                self.webhook = {}
            case "answerCallbackQuery" | "sendChatAction":
                pass
            case _:
                raise Refused(404, "Not Found")
        return True

    async def _get_updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Forget what the offset acknowledges, for good, then wait for updates; a newer request ends an older."""
        if self.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        self._poll += 1
        mine = self._poll
        async with self._changed:
            while self.updates and self.updates[0]["update_id"] < int(params.get("offset", 0)):
                self.acknowledged.append(self.updates.popleft()["update_id"])
            self._changed.notify_all()
            try:
                async with asyncio.timeout(float(params.get("timeout", 0)) or 0.001):
                    await self._changed.wait_for(lambda: self.updates or self._poll != mine)
            except TimeoutError:
                pass
            if self._poll != mine:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
            return list(self.updates)[: int(params.get("limit", 100))]

    async def _send_message(self, params: dict[str, Any]) -> dict[str, Any]:
        """Show a message in a chat."""
        chat_id, text = int(params["chat_id"]), params.get("text", "")
        if chat_id in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat_id in self.missing:
            raise Refused(400, "Bad Request: chat not found")
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            raise Refused(400, "Bad Request: message is too long")
        markup = json.loads(params["reply_markup"]) if "reply_markup" in params else {}
        buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
        if any(not 0 < len(button["callback_data"].encode()) <= 64 for button in buttons):
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        sent = _Sent(chat_id, self.next_number(), text, [(b["text"], b["callback_data"]) for b in buttons])
        async with self._changed:
            self.sent.append(sent)
            self._changed.notify_all()
        chat = {"id": chat_id, "type": "private"}
        return {"message_id": sent.message_id, "date": telegram_updates.SENT_AT, "chat": chat, "text": text}

    # --- steering from another process ---

    async def _control_inject(self, request: web.Request) -> web.Response:
        """Take `{"chat_id": …, "text": …}`, `{"chat_id": …, "data": …, "labels": {…}}` or `{"update": {…}}`."""
        body = await request.json()
        if "update" in body:
            update_id = await self.inject(**body["update"])
        elif "data" in body:
            update_id = await self.press(**body)
        else:
            update_id = await self.write(**body)
        return web.json_response({"update_id": update_id})

    async def _control_fault(self, request: web.Request) -> web.Response:
        """Take `{"method": …, "kind": …, …}` as in Fault."""
        body = await request.json()
        method, kind = body.pop("method"), FaultKind(body.pop("kind", FaultKind.STATUS))
        self.fail(method, Fault(kind=kind, **body))
        return web.json_response({})

    async def _control_block(self, request: web.Request) -> web.Response:
        """Take `{"chat_id": …}`, whose citizen blocks the bot."""
        self.blocked.add((await request.json())["chat_id"])
        return web.json_response({})

    async def _control_state(self, _: web.Request) -> web.Response:
        """Tell what waits, what was acknowledged, sent and called."""
        return web.json_response(
            {
                "waiting": [update["update_id"] for update in self.updates],
                "acknowledged": self.acknowledged,
                "sent": [asdict(sent) for sent in self.sent],
                "calls": [asdict(call) for call in self.calls],
                "commands": self.commands,
                "webhook": self.webhook,
            }
        )


async def _serve(port: int, token: str) -> None:
    """Run on its own until killed; the first line printed is the address."""
    double = await TelegramDouble(token).start(port)
    print(json.dumps({"base_url": double.base_url, "token": token}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="A local double of Telegram's Bot API")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, arguments.token))


if __name__ == "__main__":
    main()
