"""The file of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.telegram.commands import load_commands
from bot.channels.telegram.updates import COMMANDS
from core.errors import ContentError
from core.language import Language

FILE = Path(__file__).parents[4] / "data/telegram/commands.yml"


def test_the_files_commands_are_those_that_mean_something() -> None:
    """Every command has words in both languages."""
    commands = load_commands(FILE)
    assert sorted(command.name for command in commands) == sorted(COMMANDS)
    assert commands[0].words(Language.ZH) == "想找真人说话"
    assert commands[0].words(Language.EN) == "Talk to a person"
    assert commands[0].words(None) == "想找真人说话 · Talk to a person"
    assert all(len(command.words(None)) <= 256 for command in commands)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("en: Talk to a person", "en: ''", 6),
        ("en: Talk to a person", "fr: Parler", 4),
        ("  human:", "  person:", 3),
        ("zh: 想找真人说话", "zh: [", 6),
        ("commands:", "command:", 1),
        ("想找真人说话", "想" * 121, 5),
    ],
)
def test_errors_name_the_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    """A wrong file is refused with its line and a remedy."""
    path = tmp_path / "commands.yml"
    path.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_commands(path)
    assert caught.value.path == path
    assert caught.value.line is not None
    assert abs(caught.value.line - line) <= 2, str(caught.value)
    assert caught.value.remedy


def test_a_missing_file(tmp_path: Path) -> None:
    """A missing file is a ContentError too."""
    with pytest.raises(ContentError):
        load_commands(tmp_path / "none.yml")
