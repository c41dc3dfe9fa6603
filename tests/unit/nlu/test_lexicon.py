"""The lexicon's files: what they may hold, and how a mistake is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ContentErrors
from core.risk import Level
from nlu.lexicon import load_lexicon
from nlu.triage import TriageEngine

HEAD = 'file: {since: "2025-01", source: test}\n'
GOOD = (
    HEAD
    + """kinds:
  wish: {level: L2}
terms:
  - {id: words.die, category: die, words: [想死], guards: [想死党]}
rules:
  - {id: test.wish, kind: wish, domain: suicide, match: [die]}
"""
)


def test_a_word_within_its_guard_does_not_count(tmp_path: Path) -> None:
    """A guard voids the word inside it, not the same word elsewhere."""
    (tmp_path / "a.yml").write_text(GOOD, encoding="utf-8")
    engine = TriageEngine(load_lexicon(tmp_path))
    assert engine.assess("想死党了").level is Level.L0
    assert engine.assess("想死党了，想死").level is Level.L2


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (GOOD.replace("level: L2", "level: L7"), 3, "L0, L1, L2, L3, L4"),
        (GOOD.replace("[想死]", "[4]"), 5, "valid string"),
        (GOOD.replace("[die]", "[dye]"), 7, "dye"),
        (GOOD.replace("kind: wish", "kind: wash"), 7, "wash"),
        (GOOD.replace("[die]", "['die 4']"), 7, "a part needs items"),
        (GOOD.replace("domain: suicide", "domain: sorrow"), 7, "suicide"),
        (GOOD.replace("[die]", "[die"), 7, "cannot be read"),
        (GOOD.replace("id: test.wish", "id: words.die"), 5, "twice"),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path: Path, content: str, line: int, words: str) -> None:
    """An editor reads where the mistake is and what would be right."""
    (tmp_path / "a.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentErrors) as caught:
        load_lexicon(tmp_path)
    [error] = caught.value.errors
    assert (error.path.name, error.line) == ("a.yml", line)
    assert words in str(error)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """No lexicon, no service."""
    with pytest.raises(ContentErrors, match="no lexicon"):
        load_lexicon(tmp_path)
