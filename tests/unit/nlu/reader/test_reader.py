"""The second reader may raise, never lower; what only it saw is at most L2, and it says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.risk import NOTHING_FOUND, Level, TriageResult
from nlu.lexicon import load_lexicon
from nlu.reader import BothReaders, SecondReader, load_both
from nlu.reader.features import MOST_WINDOWS, WINDOW, features_of, windows_of
from nlu.reader.material import fingerprint
from nlu.reader.model import FACTS_FILE, WEIGHTS_FILE
from nlu.reader.reader import LIFTS, STRONGLY, WORRIED
from nlu.triage import TriageEngine

_DATA = Path("data")
_OWN_RULES = {WORRIED, STRONGLY, LIFTS}
_NO_KEYWORD = "把猫托付给楼下阿姨了，狗粮和疫苗本都放好了，以后就不麻烦大家了，东西也都分完了"


@pytest.fixture(scope="module")
def both() -> BothReaders:
    return load_both(_DATA)


@pytest.fixture(scope="module")
def engine() -> TriageEngine:
    return TriageEngine(load_lexicon(_DATA / "lexicon"))


@pytest.fixture(scope="module")
def second() -> SecondReader:
    reader = SecondReader.load(_DATA / "triage")
    assert reader is not None
    return reader


def test_weights_belong_to_the_sentences() -> None:
    facts = (_DATA / "triage" / FACTS_FILE).read_text(encoding="utf-8")
    assert fingerprint(_DATA) in facts, "The second reader has not learned today's sentences. Train it: make reader"


def test_weights_are_small() -> None:
    assert (_DATA / "triage" / WEIGHTS_FILE).stat().st_size <= 400_000


def test_sees_what_has_no_keyword_and_says_that_it_was_the_model(second: SecondReader) -> None:
    normalised = load_lexicon(_DATA / "lexicon").normaliser.normalise(_NO_KEYWORD)
    result = second.read(normalised, NOTHING_FOUND)
    assert Level.L1 <= result.level <= Level.L2
    first = result.evidence[0]
    assert first.rule in {WORRIED, STRONGLY}
    assert _NO_KEYWORD[first.start : first.end] == first.quote


def test_never_above_l2_without_a_rule(second: SecondReader, both: BothReaders) -> None:
    lines = (_DATA / "triage" / "zh-suicide.tsv").read_text(encoding="utf-8").splitlines()[1:300]
    normaliser = load_lexicon(_DATA / "lexicon").normaliser
    for line in lines:
        normalised = normaliser.normalise(line.split("\t")[2])
        assert second.read(normalised, NOTHING_FOUND).level <= Level.L2
        for level in (Level.L1, Level.L2):
            assert level <= second.read(normalised, TriageResult(level)).level <= Level.L3


@pytest.mark.parametrize("level", [Level.L3, Level.L4])
def test_high_levels_are_the_rules_own(second: SecondReader, level: Level) -> None:
    normalised = load_lexicon(_DATA / "lexicon").normaliser.normalise(_NO_KEYWORD)
    rules = TriageResult(level)
    assert second.read(normalised, rules) is rules


@pytest.mark.parametrize(
    "text", ["", "1", "3 2 1", "嗯", "好的", "ok", "12345678", "？？？", "1, 2, 3", "\ud800\ud800\ud800\ud800\ud800"]
)
def test_answers_and_numbers_are_not_read(both: BothReaders, engine: TriageEngine, text: str) -> None:
    assert both.assess(text) == engine.assess(text)


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_the_level_never_falls(text: str) -> None:
    reader, rules = _shared()
    before, after = rules.assess(text), reader.assess(text)
    assert after.level >= before.level
    assert after.evidence[-len(before.evidence) :] == before.evidence or not before.evidence
    for one in after.evidence:
        if one.rule in _OWN_RULES:
            assert text[one.start : one.end] == one.quote


_kept: list[tuple[BothReaders, TriageEngine]] = []


def _shared() -> tuple[BothReaders, TriageEngine]:
    if not _kept:
        _kept.append((load_both(_DATA), TriageEngine(load_lexicon(_DATA / "lexicon"))))
    return _kept[0]


def test_without_weights_the_rules_stand_alone(tmp_path: Path, engine: TriageEngine) -> None:
    (tmp_path / "lexicon").symlink_to((_DATA / "lexicon").resolve())
    alone = load_both(tmp_path)
    assert not alone.has_second_reader
    assert alone.assess(_NO_KEYWORD) == engine.assess(_NO_KEYWORD)


def test_a_danger_in_a_long_message_is_found_and_quoted(both: BothReaders, second: SecondReader) -> None:
    calm = "今天去超市买了菜，回家做了饭，孩子写完作业看了会儿动画片。" * 8
    normalised = load_lexicon(_DATA / "lexicon").normaliser.normalise(calm + _NO_KEYWORD + "。" + calm)
    result = second.read(normalised, NOTHING_FOUND)
    alone = second.read(load_lexicon(_DATA / "lexicon").normaliser.normalise(_NO_KEYWORD), NOTHING_FOUND)
    assert alone.level >= Level.L1
    assert all(len(one.quote) <= WINDOW for one in result.evidence)


def test_of_a_very_long_message_the_beginning_and_the_end_are_read(both: BothReaders) -> None:
    calm = "今天去超市买了菜，回家做了饭，孩子写完作业看了会儿动画片。" * 400
    text = calm + "\n" + _NO_KEYWORD
    result = both.assess(text)
    own = [one for one in result.evidence if one.rule in _OWN_RULES]
    assert all(text[one.start : one.end] == one.quote for one in own)


@pytest.mark.parametrize("length", [1, WINDOW, WINDOW + 1, 1_000, 100_000])
def test_windows_cover_or_are_bounded(length: int) -> None:
    for text in ("字" * length, ("一句话。" * length)[:length]):
        windows = windows_of(text)
        assert len(windows) <= MOST_WINDOWS
        assert windows[0].start == 0
        assert windows[-1].end == length
        assert all(0 < one.end - one.start <= WINDOW for one in windows)


def test_features_are_the_same_every_time() -> None:
    first, again = features_of("再过一个小时，i'm done"), features_of("再过一个小时，i'm done")
    assert (first[0] == again[0]).all()
    assert (first[1] == again[1]).all()
