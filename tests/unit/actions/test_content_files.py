"""Files of data/ that cannot be used are refused with file, line, problem and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actions.check import check_content
from actions.content import load_content
from actions.flows import flow_from_body
from core.errors import ContentErrors
from core.language import Language
from tests.doubles.talk import DATA

Break = Callable[[Path], None]


def replaced(name: str, old: str, new: str, count: int = 1) -> Break:
    """Return a change of one file."""

    def change(data: Path) -> None:
        path = data / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, count), encoding="utf-8")

    return change


def test_the_projects_own_content_is_clean() -> None:
    assert [str(error) for error in check_content(DATA)] == []


def test_a_small_copy_loads(data: Path) -> None:
    content = load_content(data)
    flow = content.flow("tiny", Language.ZH)
    assert flow is not None
    assert flow.title == "测试的一篇"
    assert content.flow("tiny", Language.ZH, "another version") is None


def test_an_older_version_is_found_beside_the_current_one(data: Path) -> None:
    content = load_content(data)
    old = content.flow("tiny", Language.ZH)
    assert old is not None
    replaced("flows/zh/tiny.yml", "测试的一篇", "改过的一篇", 2)(data)
    newer = load_content(data).with_older([flow_from_body(old.body())])
    assert newer.checksum != content.checksum
    again = newer.flow("tiny", Language.ZH, old.version)
    assert again is not None
    assert again == old
    assert again.version == old.version
    current = newer.flow("tiny", Language.ZH)
    assert current is not None
    assert current.version != old.version


FLOW, CRISIS, BOT = "flows/zh/tiny.yml", "replies/zh/crisis.yml", "replies/zh/bot.yml"


@pytest.mark.parametrize(
    ("change", "file", "line", "says"),
    [
        (replaced(FLOW, "to: middle", "to: nowhere"), FLOW, 12, "`nowhere` is not a step"),
        (replaced(FLOW, "next: close", "next: middle"), FLOW, 18, "`middle` never ends"),
        (replaced(FLOW, "    next: close\n", "    ends: true\n"), FLOW, 22, "Nothing leads to `close`"),
        (replaced(FLOW, "human: true", "to: close"), FLOW, 22, "passes no choice with `human: true`"),
        (replaced(FLOW, "slug: tiny", "slug: other"), FLOW, 1, "The slug is"),
        (replaced(FLOW, "say: [测试的一篇]", "say: [加油]"), FLOW, 13, "`加油` must not be said"),
        (replaced(FLOW, "say: [测试的一篇]", f"say: [{'长' * 91}]"), FLOW, 13, "91 characters long"),
        (replaced(FLOW, "say: [测试的一篇]", "say: [打 12399]"), FLOW, 13, "not in the directory"),
        (replaced(FLOW, "say: [测试的一篇]", "say: [您好]"), FLOW, 13, "`您` is said"),
        (replaced(FLOW, "assessment: phq9", "assessment: phq8"), FLOW, 17, "no questionnaire `phq8`"),
        (replaced(FLOW, "title: 测试的一篇", "titel: 测试的一篇"), FLOW, 3, "titel"),
        (replaced(FLOW, "reading_minutes: 2", "reading_minutes: soon"), FLOW, 5, "reading_minutes"),
        (replaced(FLOW, "sources:", "sources: ["), FLOW, None, "not valid YAML"),
        (lambda data: (data / "flows/en/tiny.yml").unlink(), FLOW, 1, "no en version"),
        (
            replaced("flows/en/tiny.yml", "id: close", "id: closing", 1),
            "flows/en/tiny.yml",
            None,
            "`close` is not a step",
        ),
        (replaced(BOT, "{exhale}", "{out}"), BOT, None, "{out}"),
        (replaced(BOT, "{exhale}", "六"), BOT, None, "{exhale} is missing"),
        (replaced(BOT, "  reply.greet:", "  reply.hello:"), BOT, None, "`reply.greet` is missing"),
        (replaced(BOT, "不客气", "打 12356，不客气"), BOT, None, "written as a number"),
        (replaced(CRISIS, "L4: [", "L5: ["), CRISIS, None, "`L4` is missing"),
        (
            replaced(CRISIS, "今天能撑到现在，已经不容易了。", "再坚持一下，明天会更好。"),
            CRISIS,
            None,
            "must not be said",
        ),
        (replaced(CRISIS, "离开刀", "离开安眠药"), CRISIS, None, "must not be said"),
        (
            replaced(CRISIS, "label: 就是现在", "label: 就是现在啊这个时候我想要去做这一件事情了对"),
            CRISIS,
            None,
            "characters long",
        ),
        (replaced("replies/questions.yml", "now: L4", "now: L9"), "replies/questions.yml", None, "not a level"),
        (
            replaced("replies/questions.yml", "[direct, when]", "[direct, whenn]"),
            "replies/questions.yml",
            None,
            "`whenn`",
        ),
        (
            replaced("replies/en/labels.yml", "  menu: Show the menu\n", ""),
            "replies/en/labels.yml",
            None,
            "`menu` is missing",
        ),
        (replaced("assessments/phq9.yml", "most: 4", "most: 3"), "assessments/phq9.yml", None, "leave out or double"),
        (replaced("assessments/phq9.yml", "（{score} 分）", ""), "assessments/phq9.yml", None, "{score} is missing"),
        (
            replaced("directory/national.yml", "各地每天至少开 18 小时", "24小时"),
            "directory/national.yml",
            None,
            "all day",
        ),
        (
            replaced("directory/national.yml", "line: [lifeline, lifeline_night]", "line: [beijing8858]"),
            "directory/national.yml",
            None,
            "not a shown",
        ),
    ],
)
def test_a_bad_file_is_named(data: Path, change: Break, file: str, line: int | None, says: str) -> None:
    change(data)
    with pytest.raises(ContentErrors) as caught:
        load_content(data)
    matching = [error for error in caught.value.errors if says in error.problem]
    assert matching, str(caught.value)
    assert str(matching[0].path).endswith(file)
    assert matching[0].remedy
    if line is not None:
        assert matching[0].line == line


def test_every_bad_file_is_named_at_once(data: Path) -> None:
    replaced(FLOW, "to: middle", "to: nowhere")(data)
    replaced(BOT, "不客气", "加油")(data)
    replaced("directory/national.yml", "    certainty: certain", "    certainty: quite")(data)
    named = {error.path.name for error in check_content(data)}
    assert named == {"tiny.yml", "bot.yml", "national.yml"}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert any("missing" in error.problem for error in check_content(tmp_path))
