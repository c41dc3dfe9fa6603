"""A small runner of set-up steps: each acts once for each state of its inputs. Standard library only."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from core.errors import XinqiaoError

# A step that says nothing for longer than this seems to hang.
SIGN_OF_LIFE_S = 15.0
LAST_LINES = 15
# They would leak from the caller's shell into the environments that are being made.
FOREIGN_VARIABLES = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


class SetupError(XinqiaoError):
    """A step of the set-up failed.

    Attributes:
        remedy: What a person can do about it, one sentence.
        lines: The last lines that the failing command printed.
    """

    code = "setup"

    def __init__(self, problem: str, remedy: str, lines: Sequence[str] = ()) -> None:
        """Keep the three parts."""
        super().__init__(problem)
        self.remedy = remedy
        self.lines = tuple(lines)


class LeftOutError(SetupError):
    """A part cannot be had on this machine, and the service runs without it."""


class StoppedError(SetupError):
    """Another step failed, so this one was not begun."""


def fingerprint(root: Path, files: Iterable[Path], *facts: str) -> str:
    """Return a hash of names and contents of files under `root` and of further facts, never of times."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    for fact in facts:
        digest.update(f"\0{fact}".encode())
    return digest.hexdigest()


class Shell:
    """Runs the commands of one step and keeps all they print in a log file."""

    def __init__(self, root: Path, log: Path, environment: Mapping[str, str]) -> None:
        """Take the folder that commands start in, the log file and the variables they see."""
        self.root = root
        self.log = log
        self.environment = {k: v for k, v in environment.items() if k not in FOREIGN_VARIABLES}

    def run(
        self,
        *command: str | Path,
        remedy: str,
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command to its end.

        Args:
            command: The program and its words.
            remedy: What a person can do when it fails.
            cwd: The folder it starts in, when that is not the repository.
            variables: Set for this command alone.

        Raises:
            SetupError: It could not be started or ended with another status than 0.
        """
        words = [str(word) for word in command]
        lines: deque[str] = deque(maxlen=LAST_LINES)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(words)}\n")
            try:
                process = subprocess.Popen(  # noqa: S603 - the words are this project's own
                    words,
                    cwd=cwd or self.root,
                    env={**self.environment, **(variables or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                )
            except OSError as exc:
                raise SetupError(f"`{words[0]}` cannot be started: {exc.strerror}", remedy) from exc
            with process:
                assert process.stdout is not None
                for line in process.stdout:
                    log.write(line)
                    log.flush()
                    lines.append(line.rstrip())
        if process.returncode:
            raise SetupError(f"`{' '.join(words)}` ended with status {process.returncode}", remedy, lines)

    def ask(self, *command: str | Path) -> str | None:
        """Return what a short command prints, or None when it fails or is not there."""
        words = [str(word) for word in command]
        try:
            done = subprocess.run(  # noqa: S603 - as above
                words, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        except OSError:
            return None
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of the set-up.

    Attributes:
        key: Name of its stamp and its log.
        name: How a person reads it.
        about: What a person waits for, and about how long.
        state: Returns the fingerprint of its inputs.
        outputs: What must be there afterwards.
        act: Does the work; raises `SetupError`.
    """

    key: str
    name: str
    about: str
    state: Callable[[], str]
    outputs: tuple[Path, ...]
    act: Callable[[Shell], None]


class Runner:
    """Runs lanes of steps: the steps of one lane in order, the lanes side by side."""

    def __init__(self, root: Path, tools: Path, say: Callable[[str], None], environment: Mapping[str, str]) -> None:
        """Take the repository, the folder for stamps and logs, a printer of lines and the variables of commands."""
        self.root = root
        self.tools = tools
        self.say = say
        self.environment = environment
        self._failed = Event()
        self._running: dict[str, float] = {}
        self._numbers: dict[str, str] = {}

    def stamp(self, step: Step) -> Path:
        """Return the file that remembers for which state the step was last done."""
        return self.tools / "stamps" / step.key

    def is_done(self, step: Step) -> bool:
        """Tell whether the step was done for the present state of its inputs."""
        stamp = self.stamp(step)
        return (
            stamp.is_file()
            and all(output.exists() for output in step.outputs)
            and stamp.read_text(encoding="utf-8") == step.state()
        )

    def run(self, first: Sequence[Step], lanes: Sequence[Sequence[Step]]) -> int:
        """Do what is not done yet: `first` alone, then the lanes side by side.

        Returns:
            How many steps there were to do, those that were left out among them.

        Raises:
            SetupError: A step failed; the others were let come to an end.
        """
        everything = [*first, *(step for lane in lanes for step in lane)]
        self._numbers = {step.key: f"[{n}/{len(everything)}]" for n, step in enumerate(everything, 1)}
        pending = [[step for step in lane if not self.is_done(step)] for lane in (first, *lanes)]
        if pending[0]:
            self._side_by_side(pending[:1])
        if any(pending[1:]):
            self._side_by_side([lane for lane in pending[1:] if lane])
        return sum(len(lane) for lane in pending)

    def _side_by_side(self, lanes: Sequence[Sequence[Step]]) -> None:
        with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
            waiting: set[Future[None]] = {pool.submit(self._lane, lane) for lane in lanes}
            everyone = set(waiting)
            try:
                while waiting:
                    ended, waiting = wait(waiting, timeout=SIGN_OF_LIFE_S, return_when=FIRST_EXCEPTION)
                    if any(future.exception() for future in ended):
                        self._failed.set()
                    elif not ended:
                        self._sign_of_life()
            except KeyboardInterrupt:
                self._failed.set()  # the pool waits for the commands that run; no further one begins
                raise
        problems = [problem for future in everyone if (problem := future.exception())]
        for problem in problems:
            if not isinstance(problem, StoppedError):
                raise problem

    def _sign_of_life(self) -> None:
        now = time.monotonic()
        for line, since in list(self._running.items()):
            self.say(f"{line} … {now - since:.0f} s so far")

    def _lane(self, lane: Sequence[Step]) -> None:
        for step in lane:
            if self._failed.is_set():
                raise StoppedError(f"{step.name} was not begun", "")
            try:
                self._do(step)
            except LeftOutError as reason:
                self.say(f"{self._numbers[step.key]} {step.name} is left out: {reason}\n      {reason.remedy}")
                return

    def _do(self, step: Step) -> None:
        line = f"{self._numbers[step.key]} {step.name}"
        started = time.monotonic()
        self.say(f"{line}: {step.about}")
        stamp = self.stamp(step)
        stamp.unlink(missing_ok=True)
        # before the work: an input that is changed meanwhile is worked on again next time
        state = step.state()
        log = self.tools / "logs" / f"{step.key}.log"
        log.unlink(missing_ok=True)
        self._running[line] = started
        try:
            step.act(Shell(self.root, log, self.environment))
        finally:
            del self._running[line]
        missing = [output for output in step.outputs if not output.exists()]
        if missing:
            raise SetupError(f"{step.name} ended without {missing[0].relative_to(self.root)}", f"Read {log}.")
        stamp.parent.mkdir(parents=True, exist_ok=True)
        fresh = stamp.with_suffix(".new")
        fresh.write_text(state, encoding="utf-8")
        fresh.replace(stamp)
        self.say(f"{line} … {time.monotonic() - started:.0f} s")
