"""Numbers: their hours, their age and their region."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from actions.content import Content
from actions.directory import SCOPES
from core.language import Language

NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 1, 5, 19, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 1, 4, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "at", "open_now"),
    [
        ("police", NIGHT, True),
        ("lifeline", NOON, True),
        ("lifeline", NIGHT, False),
        ("lifeline_night", NIGHT, True),
        ("women", NOON, False),
        ("work", NOON, True),
        ("work", SUNDAY, False),
        ("work", NIGHT, False),
    ],
)
def test_open_at_local_time(content: Content, name: str, at: datetime, open_now: bool) -> None:
    service = content.directory.find(name)
    assert service is not None
    assert service.open_at(at) is open_now


def test_the_lifeline_is_never_called_open_all_day(content: Content) -> None:
    said = content.directory.said("line", "mainland", NOON, Language.ZH)
    assert said == "12356（各地每天至少开 18 小时）"


def test_at_night_a_line_that_is_surely_open_stands_beside_it(content: Content) -> None:
    for language in Language:
        said = content.directory.said("line", "mainland", NIGHT, language)
        night, sure = said.index("010-82951332"), said.index("12356")
        assert night < sure, "whoever surely answers now comes first"
        assert "18" in said[sure:]
    assert " " not in content.directory.remarks.or_.of(Language.ZH)


def test_an_old_check_is_said(content: Content) -> None:
    service = content.directory.find("lifeline")
    assert service is not None
    assert service.verified_on is not None
    checked = datetime(*service.verified_on.timetuple()[:3], 4, tzinfo=UTC)
    assert "请以当地为准" not in content.directory.with_hours(service, checked + timedelta(days=90), Language.ZH)
    assert "请以当地为准" in content.directory.with_hours(service, checked + timedelta(days=91), Language.ZH)
    said = content.directory.with_hours(service, checked + timedelta(days=91), Language.EN)
    assert said.startswith("12356 (")
    for piece in ("at least 18 hours", "mainly in Chinese", "check locally"):
        assert said.count(piece) == 1


@pytest.mark.parametrize("number", ["110", "120", "119", "12110"])
def test_emergency_numbers_never_expire(content: Content, number: str) -> None:
    service = next(one for one in content.directory.services if one.number == number and one.scope == "mainland")
    assert content.directory.with_hours(service, NOON + timedelta(days=9999), Language.ZH) == number


@pytest.mark.parametrize(
    ("scope", "medical", "police"),
    [("mainland", "120", "110"), ("hk", "999", "999"), ("mo", "999", "999"), ("tw", "119", "110")],
)
def test_each_region_has_its_own(content: Content, scope: str, medical: str, police: str) -> None:
    assert content.directory.number("medical", scope, Language.ZH) == medical
    assert content.directory.number("police", scope, Language.ZH) == police


def test_elsewhere_no_number_is_invented(content: Content) -> None:
    assert content.directory.number("police", "other", Language.EN) == "your local emergency number"
    assert "findahelpline.com" in content.directory.said("line", "other", NOON, Language.EN)


@pytest.mark.parametrize("scope", SCOPES)
def test_uncertain_and_superseded_numbers_are_never_listed(content: Content, scope: str) -> None:
    for kind in ("hotline", "clinic", "school", "community", "emergency"):
        for service in content.directory.of_type(kind, scope, "110000"):
            assert service.number not in {"010-88585821", "12320", "12385", "+853 2852 5222"}
            assert service.scope in {scope, "abroad"}


def test_hours_are_put_behind_a_number_that_has_none(content: Content) -> None:
    say = content.directory.say_hours
    assert say("想问法律，打 12348。", NOON, Language.ZH) == "想问法律，打 12348（各地时间不同，请以当地为准）。"
    assert say("12348 问法律，时间各地不同。", NOON, Language.ZH) == "12348 问法律，时间各地不同。"
    assert say("打 110。", NOON, Language.ZH) == "打 110。"
