"""The NLU worker: a small HTTP server around Rasa's `Agent.parse_message`, for the app on the same machine.

    nlu/rasa/.venv/bin/python nlu/rasa/worker.py --model nlu/rasa/models/<hash>.tar.gz --port 5005

It listens on the loopback only, asks for the bearer token of XINQIAO_NLU_TOKEN, answers in the form of Rasa's own
`/model/parse`, holds no secrets beside the token, and never logs a message.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import ipaddress
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

if not __package__:  # run by its path: the repository takes the place of this folder on the module path
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from aiohttp import web

from nlu.rasa.engine import Engine, EngineState
from nlu.rasa.inputs import model_path

TOKEN_VARIABLE = "XINQIAO_NLU_TOKEN"
# Intent and place are found in the first lines; a longer text would only cost time.
PARSED_CHARACTERS = 1_000
BODY_BYTES = 64 * 1024
# A caller gives up after 0.3 s; more than this many waiting could not be answered in time.
WAITING_LIMIT = 64

ENGINE = web.AppKey("engine", Engine)
TOKEN = web.AppKey("token", str)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(body: object, status: int = 200) -> web.Response:
    """Return a JSON response in UTF-8; numpy's numbers become plain ones."""
    return web.json_response(body, status=status, dumps=lambda o: json.dumps(o, ensure_ascii=False, default=float))


def refuse(status: int, code: str) -> web.Response:
    """Return an error with a code that the caller can act on."""
    return answer({"status": "failure", "code": code}, status)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask for the token, and turn every failure into a code; nothing of the request is logged."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {request.app[TOKEN]}".encode()):
        return refuse(401, "unauthenticated")
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return refuse(413, "too_large")
    except web.HTTPException as problem:
        return refuse(problem.status, problem.reason.lower().replace(" ", "_"))
    except Exception as problem:  # the worker must outlive any message
        print(f"nlu worker: {type(problem).__name__} while answering {request.path}", file=sys.stderr, flush=True)
        return refuse(500, "failed")


async def status(request: web.Request) -> web.Response:
    """`GET /status`: whether the model is there, and which."""
    engine = request.app[ENGINE]
    body: dict[str, object] = {
        "state": engine.state,
        "model_file": engine.model.name,
        "fingerprint": engine.fingerprint,
    }
    if engine.state is EngineState.READY:
        body |= {"model_id": engine.model_id, "start_s": round(engine.start_seconds, 2)}
    return answer(body)


async def parse(request: web.Request) -> web.Response:
    """`POST /model/parse {"text"}`: intent, ranking and entities in Rasa's form."""
    try:
        body: Any = json.loads(await request.read())
    except ValueError:
        return refuse(400, "invalid_json")
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip():
        return refuse(422, "missing_text")
    engine = request.app[ENGINE]
    if engine.state is EngineState.LOADING:
        return refuse(503, "loading")
    if engine.state is EngineState.FAILED:
        return refuse(503, "no_model")
    if engine.waiting >= WAITING_LIMIT:
        return refuse(503, "busy")
    # half a surrogate pair is legal in JSON, but cannot be written back
    text = text[:PARSED_CHARACTERS].encode("utf-8", "replace").decode()
    result = await engine.parse(text, wanted=lambda: request.transport is not None)
    if result is None:
        return refuse(499, "caller_left")
    return answer(result)


async def load_in_background(app: web.Application) -> AsyncIterator[None]:
    """Load the model while the worker already answers `/status`."""
    loading = asyncio.create_task(app[ENGINE].load())
    yield
    loading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loading
    app[ENGINE].close()


def make_app(engine: Engine, token: str) -> web.Application:
    """Return the worker's application."""
    app = web.Application(middlewares=[guard], client_max_size=BODY_BYTES)
    app[ENGINE] = engine
    app[TOKEN] = token
    app.router.add_get("/status", status)
    app.router.add_post("/model/parse", parse)
    app.cleanup_ctx.append(load_in_background)
    return app


async def leave_with_parent(parent: int) -> None:
    """End this process once the one that started it is gone, so that no worker is orphaned."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the system tells nobody that a parent ended
        await asyncio.sleep(1)
    os._exit(0)


async def serve(app: web.Application, host: str, port: int, *, parent: int | None) -> None:
    """Listen until the process is ended; the first line on stdout is the address."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0]
    print(f"nlu worker: listening on http://{bound[0]}:{bound[1]}", flush=True)
    following = asyncio.create_task(leave_with_parent(parent)) if parent is not None else None
    try:
        await asyncio.Event().wait()
    finally:
        if following:
            following.cancel()
        await runner.cleanup()


def loopback(host: str) -> str:
    """Return the address if it is one of this machine's own.

    Raises:
        argparse.ArgumentTypeError: It is not a loopback address.
    """
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{host} is not a loopback address such as 127.0.0.1")


def main(arguments: list[str] | None = None) -> int:
    """Start the worker from the command line.

    Returns:
        0 after it was ended, 2 when it cannot start.
    """
    parent = os.getppid()
    parser = argparse.ArgumentParser(description="Answer the app's NLU questions.")
    parser.add_argument(
        "--model", type=Path, default=None, help="the trained model; without it, that of the present data"
    )
    parser.add_argument("--host", type=loopback, default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005, help="0 takes any free port and prints it")
    parser.add_argument(
        "--exit-with-parent",
        type=int,
        nargs="?",
        const=parent,
        metavar="PID",
        help="end when the starting process ends; with its PID, even if it ended before this line was read",
    )
    options = parser.parse_args(arguments)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        print(f"nlu worker: {TOKEN_VARIABLE} is not set; set it to the token of the app", file=sys.stderr)
        return 2
    model = options.model or model_path()
    if not model.is_file():
        print(f"nlu worker: no model at {model}; train it with nlu/rasa/train.py", file=sys.stderr)
        return 2
    app = make_app(Engine(model), token)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(app, options.host, options.port, parent=options.exit_with_parent))
    except OSError as problem:
        print(f"nlu worker: cannot listen on {options.host}:{options.port}: {problem.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
