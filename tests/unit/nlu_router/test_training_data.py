"""The training data itself: complete, simplified, no sentence twice, the test set held back."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from nlu.keywords import plain
from nlu.rasa.inputs import input_hash, model_path, training_files
from nlu.route_files import read_actions

ROOT = Path(__file__).parents[3]
DATA = ROOT / "data" / "nlu"
INTENTS = set(read_actions(DATA).actions)
ANNOTATION = re.compile(r"\[([^\]]+)\]\((\w+)\)")


def sentences(path: Path) -> list[tuple[str, str]]:
    """The intent and sentence of every example of a file."""
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    return [
        (block["intent"], line.removeprefix("- "))
        for block in blocks
        if "intent" in block
        for line in block["examples"].splitlines()
    ]


def language(name: str) -> list[tuple[str, str]]:
    return [item for path in sorted((DATA / "train" / name).glob("*.yml")) for item in sentences(path)]


def bare(sentence: str) -> str:
    return re.sub(r"[\s?!.,?!。,]+", "", ANNOTATION.sub(r"\1", sentence)).lower()


def test_there_are_the_forty_intents() -> None:
    assert len(INTENTS) == 40


@pytest.mark.parametrize(("name", "least"), [("zh", 30), ("en", 15)])
def test_every_intent_has_enough_sentences(name: str, least: int) -> None:
    counts = Counter(intent for intent, _ in language(name))
    assert set(counts) == INTENTS
    assert {intent: n for intent, n in counts.items() if n < least} == {}


def test_no_sentence_stands_twice() -> None:
    counts = Counter(bare(text) for name in ("zh", "en") for _, text in language(name) if bare(text))
    assert [text for text, n in counts.items() if n > 1] == []


def test_chinese_is_simplified_and_half_width() -> None:
    changed = [text for _, text in language("zh") if plain(text) != text]
    assert changed == []


def test_the_test_set_is_held_back() -> None:
    trained = {bare(text) for name in ("zh", "en") for _, text in language(name)}
    held = sentences(DATA / "test.yml")
    assert [text for _, text in held if bare(text) in trained] == []
    assert {intent for intent, _ in held} == INTENTS
    chinese = Counter(intent for intent, text in held if not text.isascii())
    english = Counter(intent for intent, text in held if text.isascii())
    assert min(chinese[intent] for intent in INTENTS) >= 3
    assert min(english[intent] for intent in INTENTS) >= 2


def test_only_known_entities_are_annotated() -> None:
    used = {m.group(2) for name in ("zh", "en") for _, text in language(name) for m in ANNOTATION.finditer(text)}
    assert used == {"region", "time", "age", "role", "audience"}


def test_the_hash_follows_contents_and_names(tmp_path: Path) -> None:
    for path in training_files():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert input_hash(tmp_path) == input_hash()
    assert model_path(tmp_path).name == model_path().name
    new = tmp_path / "data" / "nlu" / "train" / "more.yml"
    new.write_text("nlu: []\n", encoding="utf-8")
    with_new = input_hash(tmp_path)
    new.write_text("nlu: [ ]\n", encoding="utf-8")
    assert len({input_hash(), with_new, input_hash(tmp_path)}) == 3
    assert DATA / "test.yml" not in training_files()
