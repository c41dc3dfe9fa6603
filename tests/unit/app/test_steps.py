from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier

import pytest

from app.steps import LeftOutError, Runner, SetupError, Shell, Step, fingerprint

PASSES = "Try again."


class Bench:
    """A repository with steps that note what they did."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.done: list[str] = []
        self.said: list[str] = []

    def runner(self) -> Runner:
        return Runner(self.root, self.root / ".tools", self.said.append, os.environ)

    def step(self, key: str, act: Callable[[Shell], None] | None = None, *, made: bool = True) -> Step:
        source = self.root / f"{key}.txt"
        if not source.exists():
            source.write_text("first")
        output = self.root / f"{key}.out"

        def work(shell: Shell) -> None:
            self.done.append(key)
            if act:
                act(shell)
            if made:
                output.touch()

        return Step(
            key=key,
            name=f"the {key}",
            about="a moment",
            state=lambda: fingerprint(self.root, [source]),
            outputs=(output,),
            act=work,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def fail(_: Shell) -> None:
    raise SetupError("it broke", PASSES, ["last line"])


def test_a_step_is_done_once_for_each_state_of_its_inputs(bench: Bench) -> None:
    step = bench.step("uv")
    assert bench.runner().run([step], []) == 1
    assert bench.runner().run([step], []) == 0
    assert bench.done == ["uv"]
    (bench.root / "uv.txt").write_text("second")
    assert bench.runner().run([step], []) == 1
    assert bench.done == ["uv", "uv"]


def test_a_missing_output_is_made_again(bench: Bench) -> None:
    step = bench.step("uv")
    bench.runner().run([step], [])
    (bench.root / "uv.out").unlink()
    assert bench.runner().run([step], []) == 1


def test_a_time_alone_changes_nothing(bench: Bench) -> None:
    step = bench.step("uv")
    bench.runner().run([step], [])
    os.utime(bench.root / "uv.txt", (1, 1))
    assert bench.runner().run([step], []) == 0


def test_a_failed_step_is_tried_again_and_what_follows_waits(bench: Bench) -> None:
    broken = bench.step("app", fail)
    with pytest.raises(SetupError, match="it broke") as caught:
        bench.runner().run([bench.step("uv")], [[broken, bench.step("model")]])
    assert caught.value.lines == ("last line",)
    assert caught.value.remedy == PASSES
    assert bench.done == ["uv", "app"]
    bench.runner().run([bench.step("uv")], [[bench.step("app"), bench.step("model")]])
    assert bench.done == ["uv", "app", "app", "model"]


def test_a_step_that_failed_after_it_was_once_done_has_no_stamp_left(bench: Bench) -> None:
    bench.runner().run([bench.step("uv")], [])
    (bench.root / "uv.txt").write_text("second")
    with pytest.raises(SetupError):
        bench.runner().run([bench.step("uv", fail)], [])
    (bench.root / "uv.txt").write_text("first")
    assert not bench.runner().is_done(bench.step("uv"))


def test_a_step_that_makes_nothing_has_failed(bench: Bench) -> None:
    with pytest.raises(SetupError, match=r"ended without uv\.out"):
        bench.runner().run([bench.step("uv", made=False)], [])


def test_a_first_step_that_fails_begins_no_lane(bench: Bench) -> None:
    with pytest.raises(SetupError):
        bench.runner().run([bench.step("uv", fail)], [[bench.step("app")]])
    assert bench.done == ["uv"]


def test_lanes_run_side_by_side(bench: Bench) -> None:
    meeting = Barrier(2, timeout=20)
    lanes = [[bench.step(key, lambda _: (meeting.wait(), None)[1])] for key in ("app", "rasa")]
    assert bench.runner().run([], lanes) == 2


def test_what_is_left_out_is_said_and_stops_only_its_own_lane(bench: Bench) -> None:
    def leave_out(_: Shell) -> None:
        raise LeftOutError("no such Python", PASSES)

    lanes = [[bench.step("rasa", leave_out), bench.step("model")], [bench.step("npm"), bench.step("console")]]
    bench.runner().run([], lanes)
    assert sorted(bench.done) == ["console", "npm", "rasa"]
    assert any("the rasa is left out: no such Python" in line and PASSES in line for line in bench.said)


def test_an_input_that_changes_during_the_work_is_worked_on_again(bench: Bench) -> None:
    def change(_: Shell) -> None:
        (bench.root / "uv.txt").write_text("while at work")

    bench.runner().run([bench.step("uv", change)], [])
    assert not bench.runner().is_done(bench.step("uv"))


def test_progress_has_numbers_and_seconds(bench: Bench) -> None:
    bench.runner().run([bench.step("uv")], [[bench.step("app")]])
    assert bench.said == [
        "[1/2] the uv: a moment",
        "[1/2] the uv … 0 s",
        "[2/2] the app: a moment",
        "[2/2] the app … 0 s",
    ]


def shell(root: Path) -> Shell:
    return Shell(root, root / "logs" / "step.log", os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "/no"})


def test_a_failing_command_shows_its_last_lines_and_keeps_all(tmp_path: Path) -> None:
    code = "import sys\nfor n in range(100): print('line', n)\nprint('警告', file=sys.stderr)\nsys.exit(3)"
    with pytest.raises(SetupError, match="ended with status 3") as caught:
        shell(tmp_path).run(sys.executable, "-X", "utf8", "-c", code, remedy=PASSES)
    assert caught.value.lines[0] != "line 0"
    assert "警告" in "\n".join(caught.value.lines)
    assert "line 0\n" in (tmp_path / "logs" / "step.log").read_text(encoding="utf-8")


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="`no-such-program` cannot be started") as caught:
        shell(tmp_path).run("no-such-program", remedy=PASSES)
    assert caught.value.remedy == PASSES
    assert shell(tmp_path).ask("no-such-program") is None


def test_commands_see_their_variables_and_none_of_the_callers_python(tmp_path: Path) -> None:
    one = shell(tmp_path)
    code = "import os, sys; sys.exit(os.environ.get('COLOUR') != 'red' or 'PYTHONPATH' in os.environ)"
    one.run(sys.executable, "-c", code, remedy=PASSES, variables={"COLOUR": "red"})
    assert one.ask(sys.executable, "-c", "import os; print(os.environ.get('PYTHONDONTWRITEBYTECODE'))") == "None"
    assert one.ask(sys.executable, "-c", "raise SystemExit(1)") is None
