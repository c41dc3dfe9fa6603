"""An edit of the lexicon that lowers a seed of L3 or L4 is refused, and the editor is told where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import ContentErrors
from nlu.seeds import check_seeds, read_accepted_seeds

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(DATA / "lexicon", tmp_path / "lexicon")
    return tmp_path


def edit(data: Path, old: str, new: str) -> None:
    """Replace a word in every file of the lexicon."""
    for path in (data / "lexicon").glob("*.yml"):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_the_lexicon_as_it_is_lowers_none() -> None:
    check_seeds(DATA)


def test_a_lowered_seed_names_its_rule_file_and_line(data: Path) -> None:
    """A rule whose level is turned down is named."""
    edit(data, "act: {level: L4, recent: L3", "act: {level: L2, recent: L2")
    with pytest.raises(ContentErrors) as caught:
        check_seeds(data)
    held = {one.rule for one in read_accepted_seeds(DATA / "lexicon" / "accepted_seeds.tsv").values()}
    for error in caught.value.errors:
        assert error.path.suffix == ".yml"
        assert error.line is not None
        assert any(rule in str(error) for rule in held if rule)


def test_a_rule_taken_out_is_missed(data: Path) -> None:
    edit(data, "id: suicide.took_it,", "id: suicide.took_nothing, level: L0,")
    edit(data, "id: suicide.took_it\n", "id: suicide.took_nothing\n    level: L0\n")
    with pytest.raises(ContentErrors):
        check_seeds(data)
