"""The words of the citizen's page: same keys, same names, everything the page asks for, safe inside HTML."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from bot.page_words import PAGE, load_words, needed_keys, render_page
from core.errors import ContentError, ContentErrors
from core.language import Language

DATA = Path(__file__).parents[3] / "data"
SIZE_LIMIT = 60_000
LATE = {"exercise.js", "late.css", "settings.js"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the page's words that a test may spoil."""
    shutil.copytree(DATA / "page", tmp_path / "page")
    return tmp_path


def change(data: Path, language: str, before: str, after: str) -> None:
    """Replace a piece of one file, which must be there."""
    path = data / "page" / f"{language}.yml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def line_of(data: Path, language: str, start: str) -> int:
    """Return the 1-based line that begins with `start`."""
    lines = (data / "page" / f"{language}.yml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def embedded(page: str) -> dict[str, dict[str, str]]:
    """Return the dictionaries inside the page."""
    found = re.search(r'<script type="application/json" id="words">(.*?)</script>', page, re.DOTALL)
    assert found
    words: dict[str, dict[str, str]] = json.loads(found[1])
    return words


def test_the_page_carries_both_languages_and_no_placeholder() -> None:
    page = render_page(DATA)
    words = embedded(page)
    assert set(words) == {"zh", "en"}
    assert words["zh"]["human"] == "人工"
    assert words["en"]["send"] == "Send"
    assert "{{" not in page.replace(json.dumps(words), "")


def test_every_key_is_used_by_the_page() -> None:
    families = re.compile(r"(number|hours|region)_\d+")
    own = load_words(DATA)[Language.ZH].root.keys()
    assert {key for key in own - needed_keys() if not families.fullmatch(key)} == set()


def test_the_page_has_no_inline_script_or_style_and_asks_nothing_of_other_hosts() -> None:
    page = render_page(DATA)
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page) == []
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    for source in [page, *(path.read_text(encoding="utf-8") for path in PAGE.iterdir())]:
        assert not re.search(r"""(?:src|href|url|import|fetch)[^\n]{0,12}["'(]\s*(?:https?:)?//""", source)


def test_the_first_load_is_small() -> None:
    files = [path for path in PAGE.iterdir() if path.name not in LATE | {"index.html"}]
    total = len(render_page(DATA).encode()) + sum(path.stat().st_size for path in files)
    assert total <= SIZE_LIMIT


def test_a_word_cannot_break_out_of_the_page(data: Path) -> None:
    change(data, "zh", "send: 发送", 'send: "</script><b>&"')
    page = render_page(data)
    assert "</script><b>" not in page
    assert "&lt;/script&gt;&lt;b&gt;&amp;" in page
    assert embedded(page)["zh"]["send"] == "</script><b>&"


def test_a_key_of_one_language_only_is_named_with_its_line(data: Path) -> None:
    line = line_of(data, "zh", "send:")
    change(data, "en", "send: Send\n", "")
    with pytest.raises(ContentErrors, match=rf"zh\.yml:{line}: `send` is missing in en\.yml"):
        render_page(data)


def test_a_key_that_the_page_needs_and_nobody_has(data: Path) -> None:
    change(data, "zh", "send: 发送\n", "")
    change(data, "en", "send: Send\n", "")
    with pytest.raises(ContentErrors, match=r"en\.yml:\d+: `send` is missing\. Add it: the page shows it\."):
        render_page(data)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('typing_person: "{name} is', "typing_person: Somebody is", "other names"),
        ("send: Send", "send: ''", "send: String should have at least 1 character"),
        ("send: Send", "send: [Send]", "send: Input should be a valid string"),
        ("send: Send", "Send: Send", "String should match pattern"),
        ("exit_to: about:blank", "exit_to: http://example.org/", "exit_to is about:blank"),
        ("send: Send", "send: Send\nsend: Post", "written twice"),
    ],
)
def test_a_bad_value_is_named_with_file_and_line(data: Path, before: str, after: str, problem: str) -> None:
    change(data, "en", before, after)
    with pytest.raises((ContentError, ContentErrors), match=rf"en\.yml:\d+: .*{problem}"):
        render_page(data)


def test_without_its_emergency_numbers_there_is_no_page(data: Path) -> None:
    for language in ("zh", "en"):
        path = data / "page" / f"{language}.yml"
        path.write_text(re.sub(r"(?m)^number_\d+:.*\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ContentErrors, match="`number_120` is missing"):
        render_page(data)


def test_a_missing_file_is_named(data: Path) -> None:
    (data / "page" / "en.yml").unlink()
    with pytest.raises(ContentError, match=r"en\.yml: The file is missing"):
        render_page(data)
