"""The checks behind `xinqiao check`: everything in data/ that the service speaks from."""

from __future__ import annotations

from pathlib import Path

from core.errors import ContentError

from .content import read_content


def check_content(data: Path) -> list[ContentError]:
    """Return every problem of `data`, by file and line; empty when all is well."""
    _, errors = read_content(data)
    return sorted(errors, key=lambda error: (str(error.path), error.line or 0))
