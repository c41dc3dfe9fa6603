"""Set this folder up: `python3 app/prepare.py run|test|app|dev|nlu|console|tools`; what is done already costs nothing.

It runs with any Python from 3.11 on, before any environment exists, so it uses the standard library alone.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

if not __package__:  # run by its path: the repository takes the place of this folder on the module path
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from app.steps import LeftOutError, Runner, SetupError, Shell, Step, fingerprint
from nlu.rasa.inputs import input_hash, model_path

ROOT = Path(__file__).resolve().parents[1]
AGAIN = "then run the same command again."
REACH = f"Check that this machine reaches its package registries (proxy? certificate? mirror?), {AGAIN}"
# Vite asks for these; Node 21 and 23 are not among them.
NODE_VERSIONS = {20: 19, 22: 12}
NODE_MAJOR = 24
RASA_PYTHON = "3.11"
RASA_BYTES = 4 * 1024**3
TARGETS = {
    "run": "all that the service needs",
    "test": "all that the service and its tests need",
    "app": "the app's environment",
    "dev": "the app's environment with the libraries of the tests",
    "nlu": "Rasa's environment and the model",
    "console": "the counsellors' console",
    "tools": "uv and Node, to compile the lock files with",
}


def base_python() -> Path:
    """Return the interpreter behind the one that runs this, also when that is an environment's."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


def python_version() -> str:
    """Return the version of the Python that runs this, as `3.11`."""
    return ".".join(str(part) for part in sys.version_info[:2])


def module_is_there(name: str) -> bool:
    """Tell whether this Python has a module; Debian packs some of the standard ones apart."""
    importlib.invalidate_caches()
    return importlib.util.find_spec(name) is not None


def node_is_enough(version: str | None) -> bool:
    """Tell whether Node's answer to `--version` names one that the console can be built with."""
    try:
        major, minor = (int(part) for part in (version or "").lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return major >= NODE_MAJOR or minor >= NODE_VERSIONS.get(major, sys.maxsize)


class Places:
    """The files and folders of the set-up below one repository."""

    def __init__(self, root: Path) -> None:
        """Take the repository."""
        self.root = root
        self.tools = root / ".tools"
        self.uv = self.tools / "uv" / "bin" / "uv"
        self.node = self.tools / "node"
        self.app = root / ".venv"
        self.requirements = root / "requirements"
        self.rasa = root / "nlu" / "rasa"
        self.console = root / "handoff" / "console"

    def console_sources(self) -> list[Path]:
        """Return every file that the console is built from."""
        names = ("package.json", "package-lock.json", "index.html", "vite.config.ts", "svelte.config.js")
        folders = ("src", "public")
        inside = (path for name in folders for path in (self.console / name).rglob("*"))
        return [path for path in (*(self.console / name for name in names), *inside) if path.is_file()]


class Setup:
    """The steps; each method is one."""

    def __init__(self, places: Places, *, tests: bool, rasa_required: bool) -> None:
        """Say where, whether tests are to run and whether Rasa may be left out when its Python is missing."""
        self.at = places
        self.rasa_required = rasa_required
        # An environment with the tests' libraries serves the app as well, so `run` leaves it as it is.
        has_tests = (places.app / "bin" / "pytest").exists()
        self.app_lock = places.requirements / ("dev.txt" if tests or has_tests else "app.txt")

    def steps(self, target: str) -> tuple[list[Step], list[list[Step]]]:
        """Return the first steps of a target and the lanes of those that may run side by side."""
        lanes = {
            "app": (self.app_environment,),
            "nlu": (self.rasa_environment, self.model),
            "console": (self.node, self.console_libraries, self.console_build),
        }
        if target in {"run", "test"}:
            wanted = list(lanes.values())
        else:
            wanted = [(lanes | {"dev": lanes["app"], "tools": (self.node,)})[target]]
        return [self.uv()], [[step() for step in lane] for lane in wanted]

    def uv(self) -> Step:
        """Get uv, which installs everything else, from the package registry into a folder of its own."""
        lock = self.at.requirements / "uv.txt"

        def act(shell: Shell) -> None:
            folder = self.at.tools / "uv"
            python = base_python()
            needed = f"python{python_version()}-venv"
            remedy = f"As root: `apt-get update && apt-get install -y {needed}`, {AGAIN}"
            if not module_is_there("ensurepip") and not module_is_there("pip") and os.geteuid() == 0:
                shell.run("apt-get", "update", remedy=remedy)
                shell.run("apt-get", "install", "-y", "--no-install-recommends", needed, remedy=remedy)
            install = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
            what = ["install", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
            if module_is_there("ensurepip"):
                shell.run(python, "-m", "venv", "--clear", folder, remedy=remedy)
                shell.run(folder / "bin" / "python", *install, *what, remedy=REACH)
            elif module_is_there("pip"):
                shell.run(python, "-m", "venv", "--clear", "--without-pip", folder, remedy=remedy)
                shell.run(python, *install, "--python", folder / "bin" / "python", *what, remedy=REACH)
            else:
                raise SetupError("this Python has neither `ensurepip` nor `pip`", remedy)

        return Step(
            key="uv",
            name="uv",
            about="the installer of all further packages",
            state=lambda: self._state([lock]),
            outputs=(self.at.uv,),
            act=act,
        )

    def app_environment(self) -> Step:
        """Install the app's locked libraries and the project itself."""
        lock = self.app_lock
        python = self.at.app / "bin" / "python"

        def act(shell: Shell) -> None:
            self._environment(shell, self.at.app, str(base_python()), lock)
            project = ["--no-deps", "--no-build-isolation", "--editable", str(self.at.root)]
            self._uv(shell, "pip", "install", "--python", python, *project, remedy=f"Mend pyproject.toml, {AGAIN}")

        return Step(
            key="app",
            name="app environment",
            about=f"libraries of requirements/{lock.name}, half a minute",
            state=lambda: self._state([lock, self.at.root / "pyproject.toml"], python_version()),
            outputs=(python, self.at.app / "bin" / "xinqiao"),
            act=act,
        )

    def rasa_environment(self) -> Step:
        """Install Rasa, which needs Python 3.11 exactly, apart from the app."""
        lock = self.at.rasa / "requirements.txt"
        folder = self.at.rasa / ".venv"

        def act(shell: Shell) -> None:
            self._environment(shell, folder, self._rasa_python(shell), lock)

        return Step(
            key="rasa",
            name="Rasa's environment",
            about="1.9 GB, one to three minutes",
            state=lambda: self._state([lock]),
            outputs=(folder / "bin" / "rasa",),
            act=act,
        )

    def model(self) -> Step:
        """Train the NLU model for the present data."""
        target = model_path(self.at.root)

        def act(shell: Shell) -> None:
            remedy = f"Mend what the lines above name in config.yml or data/nlu/, {AGAIN}"
            shell.run(self.at.rasa / ".venv" / "bin" / "python", self.at.rasa / "train.py", remedy=remedy)

        return Step(
            key="model",
            name="NLU model",
            about="training, one to two minutes",
            state=lambda: input_hash(self.at.root),
            outputs=(target,),
            act=act,
        )

    def node(self) -> Step:
        """Take this machine's Node, or one from the package registry when that is missing or old."""
        lock = self.at.requirements / "node.txt"
        own = self.at.node / "bin"

        def found(name: str) -> str | None:
            elsewhere = [folder for folder in os.get_exec_path() if Path(folder) != own]
            return shutil.which(name, path=os.pathsep.join(elsewhere))

        def act(shell: Shell) -> None:
            shutil.rmtree(self.at.node, ignore_errors=True)
            node, npm = found("node"), found("npm")
            if node and npm and node_is_enough(shell.ask(node, "--version")):
                own.mkdir(parents=True)
                (own / "node").symlink_to(node)
                (own / "npm").symlink_to(npm)
                return
            self._environment(shell, self.at.node, str(base_python()), lock)
            if not node_is_enough(shell.ask(own / "node", "--version")):
                raise SetupError("the packaged Node does not start here", f"Install Node {NODE_MAJOR}, {AGAIN}")

        return Step(
            key="node",
            name="Node",
            about="this machine's, or one of its own",
            state=lambda: self._state([lock], str(found("node")), str(found("npm"))),
            outputs=(own / "node", own / "npm"),
            act=act,
        )

    def console_libraries(self) -> Step:
        """Install what the console is built with."""
        files = [self.at.console / "package.json", self.at.console / "package-lock.json"]

        def act(shell: Shell) -> None:
            self._npm(shell, "ci", "--no-audit", "--no-fund", "--ignore-scripts", remedy=REACH)

        return Step(
            key="npm",
            name="console libraries",
            about="npm ci, half a minute",
            state=lambda: self._state(files),
            outputs=(self.at.console / "node_modules" / ".package-lock.json",),
            act=act,
        )

    def console_build(self) -> Step:
        """Build the console."""

        def act(shell: Shell) -> None:
            self._npm(shell, "run", "build", remedy=f"Mend what the lines above name in handoff/console, {AGAIN}")

        return Step(
            key="console",
            name="console",
            about="building it, some seconds",
            state=lambda: self._state(self.at.console_sources()),
            outputs=(self.at.console / "dist" / "index.html",),
            act=act,
        )

    def _state(self, files: Sequence[Path], *facts: str) -> str:
        # environments hold absolute paths: a folder that was moved is set up again
        return fingerprint(self.at.root, files, str(self.at.root), *facts)

    def _environment(self, shell: Shell, folder: Path, python: str, lock: Path) -> None:
        wanted = shell.ask(python, "-c", "import sys; print(sys.version_info[:2])")
        present = shell.ask(folder / "bin" / "python", "-c", "import sys; print(sys.version_info[:2])")
        settings = folder / "pyvenv.cfg"
        if present is None or present != wanted or not settings.exists():
            shell.run(self.at.uv, "venv", "--clear", "--python", python, folder, remedy=REACH)
        self._uv(shell, "pip", "sync", "--python", folder / "bin" / "python", "--require-hashes", lock)

    def _uv(self, shell: Shell, *words: str | Path, remedy: str = REACH) -> None:
        settings = {"UV_COMPILE_BYTECODE": "1", "UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}
        shell.run(self.at.uv, *words, remedy=remedy, variables=settings | self._mirror(shell))

    def _mirror(self, shell: Shell) -> dict[str, str]:
        """Return the mirror that pip is set to: uv does not read pip's settings."""
        if {"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE"} & shell.environment.keys():
            return {}
        python = self.at.uv.with_name("python")
        mirror = shell.ask(python, "-m", "pip", "config", "get", "global.index-url") or ""
        mirror = shell.environment.get("PIP_INDEX_URL", mirror)
        return {"UV_DEFAULT_INDEX": mirror} if mirror else {}

    def _npm(self, shell: Shell, *words: str, remedy: str) -> None:
        path = f"{self.at.node / 'bin'}{os.pathsep}{shell.environment.get('PATH', os.defpath)}"
        npm = shutil.which("npm", path=path) or "npm"
        shell.run(npm, *words, cwd=self.at.console, remedy=remedy, variables={"PATH": path})

    def _rasa_python(self, shell: Shell) -> str:
        if shutil.disk_usage(self.at.root).free < RASA_BYTES:
            raise SetupError("less than 4 GB of disk are free", f"Free some, {AGAIN}")
        if python_version() == RASA_PYTHON:
            return str(base_python())
        found = shell.ask(self.at.uv, "python", "find", "--system", "--no-python-downloads", RASA_PYTHON)
        if found:
            return found
        kind = SetupError if self.rasa_required else LeftOutError
        raise kind(
            f"Rasa needs Python {RASA_PYTHON} and this machine has {python_version()} only",
            f"Install Python {RASA_PYTHON} (`apt-get install python{RASA_PYTHON} python{RASA_PYTHON}-venv`, or where"
            f" the network allows it `.tools/uv/bin/uv python install {RASA_PYTHON}`), {AGAIN}"
            " Until then the service routes by keywords.",
        )


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Wait until no other set-up of this folder is at work."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this folder to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    """Print one line of progress at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up what a target needs.

    Returns:
        0 when everything is there, 1 when a step failed, 130 when a person stopped it.
    """
    parser = argparse.ArgumentParser(prog="prepare.py", description="Set this folder up.")
    parser.add_argument("target", choices=TARGETS, help="; ".join(f"{k}: {v}" for k, v in TARGETS.items()))
    target: str = parser.parse_args(arguments).target
    started = time.monotonic()
    places = Places(ROOT)
    try:
        with only_one(places.tools / "lock"):
            setup = Setup(places, tests=target in {"test", "dev"}, rasa_required=target != "run")
            done = Runner(ROOT, places.tools, say, os.environ).run(*setup.steps(target))
    except SetupError as problem:
        lines = [f"      | {line}" for line in problem.lines]
        sys.stderr.write("\n".join([f"set-up failed: {problem}", *lines, problem.remedy, ""]))
        return 1
    except OSError as problem:
        sys.stderr.write(f"set-up failed: {problem.filename}: {problem.strerror}\nMend or restore that file, {AGAIN}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("set-up stopped\n")
        return 130
    if done:
        say(f"set-up: ready in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
