"""The token stays out of every log record."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.channels.telegram.logs import REDACTED, redact, silence_token_logs
from tests.doubles.telegram_api import TOKEN


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Install the redaction, and remove it after the test."""
    factory = logging.getLogRecordFactory()
    silence_token_logs()
    silence_token_logs()
    yield
    logging.setLogRecordFactory(factory)


def test_messages_arguments_and_traces(caplog: pytest.LogCaptureFixture) -> None:
    """Wherever the token stands in a record, it is not written."""
    log = logging.getLogger("anything")
    log.warning("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    log.warning("token " + TOKEN)
    log.warning({"event": "call", "url": [f"/bot{TOKEN}/getMe"]})
    try:
        raise ValueError(f"The token `{TOKEN}` was rejected")
    except ValueError:
        log.exception("It failed")
    assert TOKEN not in caplog.text
    assert caplog.text.count(REDACTED) >= 4
    assert "ValueError" in caplog.text
    assert "It failed" in caplog.text


def test_other_records_keep_their_form(caplog: pytest.LogCaptureFixture) -> None:
    """Arguments and exceptions without a token pass untouched."""
    try:
        raise ValueError("nothing secret")
    except ValueError:
        logging.getLogger("anything").exception("%s at %s", "It failed", "12:30")
    record = caplog.records[-1]
    assert record.args == ("It failed", "12:30")
    assert record.exc_info is not None


def test_an_encoded_and_an_odd_token() -> None:
    """A token in an encoded address is found, and one of odd shape when it was named."""
    assert redact(TOKEN.replace(":", "%3A")) == REDACTED
    silence_token_logs("12:odd")
    assert redact("a 12:odd b") == f"a {REDACTED} b"
