"""What the safety tests share: the real service, with and without its web side."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.doubles.browser import Site, open_site
from tests.doubles.house import House, house, quick_start

__all__ = ["house", "quick_start", "site"]


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """Yield the house's web side."""
    async with open_site(house) as opened:
        yield opened
