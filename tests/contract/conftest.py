"""What the contract tests share: a clock, and the real service behind its web side."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.clock import ManualClock
from tests.doubles.browser import Site, open_site
from tests.doubles.house import House, house, quick_start

__all__ = ["clock", "house", "quick_start", "site"]


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """Yield the house's web side."""
    async with open_site(house) as opened:
        yield opened
