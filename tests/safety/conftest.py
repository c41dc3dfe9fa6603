"""What the safety tests share: the real service."""

from __future__ import annotations

from tests.doubles.house import house, quick_start

__all__ = ["house", "quick_start"]
