"""Keeps the bot's token, which is part of every request's address, out of the logs."""

from __future__ import annotations

import logging
import re
import traceback
from typing import Any

REDACTED = "[telegram token]"
_SHAPE = re.compile(r"\d{4,}(?::|%3A)[A-Za-z0-9_-]{30,}")
_known: set[str] = set()


def redact(text: str) -> str:
    """Return the text with everything in it that is, or looks like, a bot token replaced."""
    for token in _known:
        if token in text:
            text = text.replace(token, REDACTED)
    return _SHAPE.sub(REDACTED, text)


def _redact_value(value: object) -> object:
    """Redact a string, or the strings inside a structured log entry."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redact_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_redact_value(item) for item in value)
    return value


class TokenFilter(logging.Filter):
    """Redacts tokens in a record's message, in its arguments and in the trace of an exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record in place and let it pass."""
        if isinstance(record.msg, dict):
            record.msg = _redact_value(record.msg)  # structlog passes its entry here
        else:
            try:
                message = record.getMessage()
            except (TypeError, ValueError, KeyError):
                message = f"{record.msg} {record.args}"
            if (clean := redact(message)) != message:
                record.msg, record.args = clean, ()
        self._clean_trace(record)
        return True

    def _clean_trace(self, record: logging.LogRecord) -> None:
        """Turn an exception that quotes a token into redacted text; others keep their form."""
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        if not (record.exc_info and record.exc_info[0]):
            return
        trace = "".join(traceback.format_exception(*record.exc_info))
        if (clean := redact(trace)) == trace:
            return
        record.exc_info = record.exc_text = None
        if isinstance(record.msg, dict):
            record.msg = {**record.msg, "exc_info": None, "exception": clean}
        else:
            record.msg, record.args = f"{record.getMessage()}\n{clean}", ()


class _CleanRecords:
    """Makes log records and cleans each of them, whichever handler will write it."""

    def __init__(self, inner: Any) -> None:
        """Wrap the factory in use so far."""
        self._inner = inner
        self._filter = TokenFilter()

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """Make one record without tokens."""
        record: logging.LogRecord = self._inner(*args, **kwargs)
        self._filter.filter(record)
        return record


def silence_token_logs(token: str = "") -> None:
    """Silence the loggers that print the token or citizens' words, and redact the token in all others.

    httpx logs each request's address, with the token in it, at INFO. python-telegram-bot logs calls with their
    parameters at DEBUG and quotes what it cannot read at ERROR; the channel says in its own words what failed.

    Args:
        token: A token to redact even if it does not have the usual shape.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)
    if token:
        _known.add(token)
    if not isinstance(logging.getLogRecordFactory(), _CleanRecords):
        logging.setLogRecordFactory(_CleanRecords(logging.getLogRecordFactory()))
