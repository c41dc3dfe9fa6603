"""Bad lines are named on standard error, good ones are answered, and the exit status tells of both."""

from __future__ import annotations

import io
import json

import pytest

from app.lines import Lines
from core.errors import InvalidError


def run(source: str) -> tuple[int, list[object], list[str]]:
    """Answer lines that hold a text, and return status, answers and complaints."""
    out, errors = io.StringIO(), io.StringIO()

    def work(value: object) -> dict[str, object]:
        if not isinstance(value, dict) or "text" not in value:
            raise InvalidError("'text' must be a string.")
        return {"said": value["text"]}

    status = Lines(io.StringIO(source), errors).answer(work, out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue().splitlines()


def test_good_lines_are_answered_in_order() -> None:
    status, answers, complaints = run('{"text": "一"}\n\n{"text": "二"}\n')
    assert (status, answers, complaints) == (0, [{"said": "一"}, {"said": "二"}], [])


@pytest.mark.parametrize("bad", ["{", "nonsense", "[]", "7", "null", '"text"', "{}", '{"id": 1}', "\ufeff{}", "NaN"])
def test_a_bad_line_is_named_and_the_others_are_answered(bad: str) -> None:
    status, answers, complaints = run(f'{{"text": "一"}}\n{bad}\n{{"text": "三"}}\n')
    assert (status, answers) == (2, [{"said": "一"}, {"said": "三"}])
    [complaint] = complaints
    assert complaint.startswith("line 2: ")


def test_nothing_at_all_is_no_mistake() -> None:
    assert run("") == (0, [], [])
    assert run("\n  \n") == (0, [], [])
