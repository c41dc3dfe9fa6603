from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import prepare
from app.prepare import Places, Setup, module_is_there, node_is_enough, only_one
from app.steps import LeftOutError, SetupError, Shell, Step

ROOT = Path(__file__).parents[3]


class Machine(Shell):
    """A shell that starts nothing: it notes the commands and answers questions from a table."""

    def __init__(self, root: Path, answers: dict[str, str] | None = None, **environment: str) -> None:
        super().__init__(root, root / "log", environment)
        self.answers = answers or {}
        self.commands: list[list[str]] = []
        self.variables: list[dict[str, str]] = []

    def run(self, *command: str | Path, **options: object) -> None:
        self.commands.append([str(word) for word in command])
        variables = options.get("variables")
        self.variables.append(variables if isinstance(variables, dict) else {})

    def ask(self, *command: str | Path) -> str | None:
        line = " ".join(str(word) for word in command)
        return next((answer for part, answer in self.answers.items() if part in line), None)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A copy of the files that the set-up reads."""
    rasa = [path.relative_to(ROOT).as_posix() for path in (ROOT / "nlu" / "rasa").glob("*.*") if path.is_file()]
    for name in ("pyproject.toml", "config.yml", "requirements", "data/nlu", *rasa):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    console = tmp_path / "handoff" / "console"
    (console / "src").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "index.html", "vite.config.ts", "src/main.ts"):
        (console / name).write_text(name)
    return Places(tmp_path)


def setup_of(places: Places, *, tests: bool = False, rasa_required: bool = False) -> Setup:
    return Setup(places, tests=tests, rasa_required=rasa_required)


def keys(places: Places, target: str) -> list[str]:
    first, lanes = setup_of(places).steps(target)
    return [step.key for step in (*first, *(step for lane in lanes for step in lane))]


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("run", ["uv", "app", "rasa", "model", "node", "npm", "console"]),
        ("test", ["uv", "app", "rasa", "model", "node", "npm", "console"]),
        ("app", ["uv", "app"]),
        ("dev", ["uv", "app"]),
        ("nlu", ["uv", "rasa", "model"]),
        ("console", ["uv", "node", "npm", "console"]),
        ("tools", ["uv", "node"]),
    ],
)
def test_each_target_has_its_steps(places: Places, target: str, wanted: list[str]) -> None:
    assert keys(places, target) == wanted
    assert target in prepare.TARGETS


def test_it_starts_on_a_python_that_has_nothing_installed() -> None:
    words = [sys.executable, "-I", "-S", "-X", "utf8", str(ROOT / "app" / "prepare.py"), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "run" in done.stdout


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(SystemExit) as caught:
        prepare.main(["everything"])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.19.0", True),
        ("v20.18.3", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v23.11.0", False),
        ("v24.0.0", True),
        ("v26.1.0", True),
        ("v18.20.4", False),
        (None, False),
        ("", False),
        ("node", False),
    ],
)
def test_which_node_is_enough(version: str | None, *, enough: bool) -> None:
    assert node_is_enough(version) is enough


def act(step: Step, machine: Machine) -> list[str]:
    step.act(machine)
    return [" ".join(command) for command in machine.commands]


def test_everything_is_installed_by_hash(places: Places) -> None:
    setup = setup_of(places)
    for step in (setup.uv(), setup.app_environment(), setup.rasa_environment()):
        commands = act(step, Machine(places.root, {"python find": "/usr/bin/python3.11"}))
        installs = [line for line in commands if " install " in line or " sync " in line]
        assert installs
        assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_an_environment_that_fits_is_kept_and_one_of_another_python_is_made_again(places: Places) -> None:
    (places.app / "bin").mkdir(parents=True)
    (places.app / "pyvenv.cfg").touch()
    same = act(setup_of(places).app_environment(), Machine(places.root, {"sys.version_info": "(3, 11)"}))
    assert not any(" venv " in line for line in same)
    answers = {".venv/bin/python -c": "(3, 10)", "sys.version_info": "(3, 11)"}
    other = act(setup_of(places).app_environment(), Machine(places.root, answers))
    assert any(" venv --clear " in line for line in other)


def test_run_leaves_an_environment_with_the_tests_libraries_alone(places: Places) -> None:
    assert setup_of(places).app_lock.name == "app.txt"
    assert setup_of(places, tests=True).app_lock.name == "dev.txt"
    (places.app / "bin").mkdir(parents=True)
    (places.app / "bin" / "pytest").touch()
    assert setup_of(places).app_lock.name == "dev.txt"


def states(places: Places) -> dict[str, str]:
    first, lanes = setup_of(places).steps("run")
    return {step.key: step.state() for step in (*first, *(step for lane in lanes for step in lane))}


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("requirements/uv.txt", {"uv"}),
        ("requirements/app.txt", {"app"}),
        ("requirements/dev.txt", set()),
        ("pyproject.toml", {"app"}),
        ("nlu/rasa/requirements.txt", {"rasa", "model"}),
        ("config.yml", {"model"}),
        ("data/nlu/domain.yml", {"model"}),
        ("data/nlu/test.yml", set()),
        ("requirements/node.txt", {"node"}),
        ("handoff/console/package-lock.json", {"npm", "console"}),
        ("handoff/console/src/main.ts", {"console"}),
    ],
)
def test_a_changed_file_brings_back_what_depends_on_it(places: Places, file: str, again: set[str]) -> None:
    before = states(places)
    with (places.root / file).open("a", encoding="utf-8") as handle:
        handle.write("\n# changed\n")
    after = states(places)
    assert {key for key, state in after.items() if state != before[key]} == again


def test_without_python_3_11_the_service_runs_and_the_tests_do_not(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "python_version", lambda: "3.13")
    with pytest.raises(LeftOutError, match=r"needs Python 3\.11 and this machine has 3\.13") as caught:
        setup_of(places).rasa_environment().act(Machine(places.root))
    assert "apt-get install python3.11" in caught.value.remedy
    with pytest.raises(SetupError) as strict:
        setup_of(places, rasa_required=True).rasa_environment().act(Machine(places.root))
    assert not isinstance(strict.value, LeftOutError)
    machine = Machine(places.root, {"python find": "/opt/python3.11"})
    assert any("--python /opt/python3.11" in line for line in act(setup_of(places).rasa_environment(), machine))


def test_a_full_disk_is_named_before_the_download(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "RASA_BYTES", 2**70)
    with pytest.raises(SetupError, match="of disk are free"):
        setup_of(places).rasa_environment().act(Machine(places.root))


@pytest.mark.parametrize(
    ("missing", "root", "wanted"),
    [
        (set(), False, "-m venv --clear"),
        ({"ensurepip"}, False, "--without-pip"),
        ({"ensurepip", "pip"}, True, "apt-get install -y --no-install-recommends python3."),
    ],
)
def test_uv_comes_by_whatever_this_python_brings(
    places: Places, monkeypatch: pytest.MonkeyPatch, missing: set[str], wanted: str, *, root: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    machine = Machine(places.root)
    # what apt-get installs is there afterwards
    monkeypatch.setattr(prepare, "module_is_there", lambda name: name not in missing or machine.commands[-1:] != [])
    commands = act(setup_of(places).uv(), machine)
    assert any(wanted in line for line in commands)
    assert commands[-1].endswith(f"--require-hashes --only-binary :all: -r {places.requirements / 'uv.txt'}")


def test_without_venv_and_pip_the_remedy_is_one_line(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(prepare, "module_is_there", lambda _: False)
    with pytest.raises(SetupError) as caught:
        setup_of(places).uv().act(Machine(places.root))
    assert re.search(r"apt-get install -y python3\.\d+-venv", caught.value.remedy)
    assert "\n" not in caught.value.remedy


def test_modules_are_looked_up() -> None:
    assert module_is_there("venv")
    assert not module_is_there("no_such_module")


@pytest.mark.parametrize(("version", "linked"), [("v22.14.0", True), ("v18.0.0", False)])
def test_this_machines_node_is_taken_when_it_is_enough(
    places: Places, monkeypatch: pytest.MonkeyPatch, version: str, *, linked: bool
) -> None:
    folder = places.root / "bin"
    folder.mkdir()
    for name in ("node", "npm"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    answers = {str(places.node): "v24.1.0", "node --version": version}
    commands = act(setup_of(places).node(), Machine(places.root, answers))
    assert (places.node / "bin" / "node").is_symlink() is linked
    assert any("requirements/node.txt" in line for line in commands) is not linked


def test_npm_finds_the_node_of_the_set_up_first(places: Places) -> None:
    machine = Machine(places.root, PATH="/usr/bin")
    setup_of(places).console_libraries().act(machine)
    assert machine.commands[0][1:3] == ["ci", "--no-audit"]
    assert machine.variables[0]["PATH"] == f"{places.node / 'bin'}:/usr/bin"


@pytest.mark.parametrize(
    ("answers", "environment", "mirror"),
    [
        ({}, {}, None),
        ({"config get": "mirror-of-pip"}, {}, "mirror-of-pip"),
        ({"config get": "mirror-of-pip"}, {"PIP_INDEX_URL": "mirror-of-shell"}, "mirror-of-shell"),
        ({"config get": "mirror-of-pip"}, {"UV_DEFAULT_INDEX": "mirror-of-uv"}, None),
    ],
)
def test_a_mirror_that_pip_is_set_to_serves_uv_too(
    places: Places, answers: dict[str, str], environment: dict[str, str], mirror: str | None
) -> None:
    machine = Machine(places.root, answers, **environment)
    setup_of(places).app_environment().act(machine)
    assert {variables.get("UV_DEFAULT_INDEX") for variables in machine.variables[-2:]} == {mirror}


def test_two_set_ups_of_one_folder_take_turns(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with only_one(lock), lock.open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_failure_shows_lines_and_remedy_and_ends_with_1(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(self: Setup) -> Step:
        def fail(_: Shell) -> None:
            raise SetupError("no network", "Plug it in.", ["last line"])

        return Step(key="uv", name="uv", about="", state=lambda: "", outputs=(places.root / "x",), act=fail)

    monkeypatch.setattr(prepare, "ROOT", places.root)
    monkeypatch.setattr(Setup, "uv", broken)
    assert prepare.main(["app"]) == 1
    assert capsys.readouterr().err == "set-up failed: no network\n      | last line\nPlug it in.\n"


def test_a_missing_file_is_named(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "ROOT", places.root)
    (places.root / "config.yml").unlink()
    assert prepare.main(["nlu"]) == 1
    assert "config.yml: No such file" in capsys.readouterr().err


def test_the_locks_leave_it_to_the_machine_where_packages_come_from() -> None:
    locks = [*(ROOT / "requirements").glob("*"), *(ROOT / "nlu" / "rasa").glob("*.txt")]
    assert len(locks) > 4
    for path in locks:
        assert not re.search(r"://|--(extra-)?index|--find-links", path.read_text(encoding="utf-8")), path
    assert '"resolved"' not in (ROOT / "handoff" / "console" / "package-lock.json").read_text(encoding="utf-8")
