"""What the contract tests of the stores share."""

from __future__ import annotations

import pytest

from core.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()
