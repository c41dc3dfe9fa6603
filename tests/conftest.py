"""What holds for all tests: a browser test without a browser is skipped aloud, or fails where it must run."""

from __future__ import annotations

import pytest

from tests.chromium import REMEDY, browser_is_required, find_chromium
from tests.databases import database, engine, postgres, sqlite_template

__all__ = ["database", "engine", "postgres", "sqlite_template"]

SKIPPED = pytest.StashKey[int]()
# A test that asks for this fixture, itself or through another, needs the browser.
FIXTURE = "browser"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the browser tests that were chosen when there is no browser."""
    if find_chromium() or browser_is_required():
        return
    chosen = [item for item in items if FIXTURE in getattr(item, "fixturenames", ())]
    for item in chosen:
        item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))
    config.stash[SKIPPED] = len(chosen)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a browser test fail, before anything else of it starts, where it may not be skipped."""
    if FIXTURE in getattr(item, "fixturenames", ()) and browser_is_required() and not find_chromium():
        pytest.fail(f"browser tests must run here and there is no Chromium: {REMEDY}", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end how much was not tested."""
    skipped = config.stash.get(SKIPPED, 0)
    if skipped:
        terminalreporter.section("NO BROWSER", red=True, bold=True)
        terminalreporter.line(f"{skipped} BROWSER TESTS WERE SKIPPED: there is no Chromium on this machine.", red=True)
        terminalreporter.line(f"To run them, {REMEDY}.")
