"""`xinqiao check`: every file of data/ that somebody may edit, with file, line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actions.check import check_content
from bot.channels.telegram.commands import load_commands
from bot.page_words import render_page
from core.errors import ContentError, ContentErrors
from nlu.route_files import read_actions, read_keywords
from nlu.seeds import check_seeds


def check_data(data: Path) -> list[ContentError]:
    """Return every problem of a data folder, in the order of the files.

    Raises:
        ContentError: There is no such folder.
    """
    if not data.is_dir():
        raise ContentError(data, None, "There is no such folder.", "Name the data folder.")
    problems = list(check_content(data))
    checks: tuple[Callable[[], object], ...] = (
        lambda: check_seeds(data),
        lambda: read_actions(data / "nlu"),
        lambda: read_keywords(data / "nlu"),
        lambda: render_page(data),
        lambda: load_commands(data / "telegram" / "commands.yml"),
    )
    for check in checks:
        try:
            check()
        except ContentErrors as found:
            problems.extend(found.errors)
        except ContentError as found:
            problems.append(found)
    return problems
