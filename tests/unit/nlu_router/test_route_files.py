"""Bad routing files: named with line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ContentErrors
from nlu.route_files import read_actions, read_keywords

DOMAIN = "intents: [greet, thanks, goodbye]\n"
GOOD = "actions:\n  greet: reply:greet\n  thanks: reply:thanks\n  goodbye: menu\noften: [greet, thanks, goodbye]\n"


def folder(path: Path, actions: str = GOOD, keywords: str = "intents: {}\n") -> Path:
    (path / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    (path / "actions.yml").write_text(actions, encoding="utf-8")
    (path / "keywords.yml").write_text(keywords, encoding="utf-8")
    return path


def test_good_files_are_read(tmp_path: Path) -> None:
    assert read_actions(folder(tmp_path)).actions["goodbye"] == "menu"
    assert read_keywords(folder(tmp_path)).intents == {}


@pytest.mark.parametrize(
    ("actions", "line"),
    [
        (GOOD.replace("menu", "teleport"), 4),
        (GOOD.replace("  thanks: reply:thanks\n", ""), 1),
        (GOOD.replace("  thanks:", "  hug: menu\n  thanks:"), 3),
        (GOOD.replace("[greet, thanks", "[hug, thanks"), 5),
        (GOOD.replace("  greet: ", "  greet: ["), 3),
        ("", None),
    ],
)
def test_bad_actions_name_the_line(tmp_path: Path, actions: str, line: int | None) -> None:
    assert_line(read_actions, folder(tmp_path, actions=actions), "actions.yml", line)


@pytest.mark.parametrize(
    ("keywords", "line"),
    [
        ("intents:\n  greet:\n    words: [hi]\n  hug:\n    words: [hug]\n", 4),
        ("intents:\n  greet:\n    wrods: [hi]\n", 3),
        ('intents:\n  greet:\n    words: [hi, ""]\n', 3),
        ("intents:\n  greet:\n    words: [88]\n", 3),
    ],
)
def test_bad_keywords_name_the_line(tmp_path: Path, keywords: str, line: int) -> None:
    assert_line(read_keywords, folder(tmp_path, keywords=keywords), "keywords.yml", line)


def test_a_missing_file_and_a_wrong_encoding_are_named(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "keywords.yml").write_bytes("intents: {}  # 你好".encode("gbk"))
    assert_line(read_keywords, path, "keywords.yml", None)
    (path / "actions.yml").unlink()
    assert_line(read_actions, path, "actions.yml", None)


def assert_line(read: Callable[[Path], object], path: Path, name: str, line: int | None) -> None:
    with pytest.raises(ContentErrors) as caught:
        read(path)
    first = caught.value.errors[0]
    assert first.path.name == name
    assert first.line == line
    assert first.remedy
