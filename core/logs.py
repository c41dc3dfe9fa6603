"""Logs: sentences with fields, never a citizen's words, identity or a token."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

QUIET = ("aiosqlite", "httpx", "httpcore", "aiohttp.access", "apscheduler", "telegram", "alembic")
"""Libraries that log addresses (with tokens in them) or every tick at INFO."""


def configure_logs(level: str = "INFO", *, as_json: bool = False) -> None:
    """Send our events and the libraries' warnings to standard error in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_values, renderer],
        )
    )
    logging.raiseExceptions = False  # a log that cannot be written must not print its arguments instead
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_values(_logger: Any, _method: str, event: Any) -> Any:
    """Keep stack traces free of local values and of the exception's own words, which may quote a row."""
    info = event.pop("exc_info", None)
    if info:
        kind, error, trace = info if isinstance(info, tuple) else sys.exc_info()
        frames = []
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["error"] = kind.__name__ if kind else None
        event["at"] = " > ".join(frames[-6:])
        if getattr(error, "code", None):
            event["code"] = str(error.code)
    return event


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    return structlog.stdlib.get_logger(name)
