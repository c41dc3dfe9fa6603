"""JSON lines in, JSON lines out: a bad line is named on standard error, the good ones are answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TextIO, TypeVar

from core.errors import InvalidError

BAD_INPUT = 2
"""Exit status when a line could not be used."""
_Out = TypeVar("_Out", bound=Mapping[str, object])


class Lines:
    """Reads objects from a stream and counts what was wrong with it."""

    def __init__(self, source: TextIO = sys.stdin, errors: TextIO = sys.stderr) -> None:
        """Read UTF-8, whatever the machine's locale says."""
        self._source = source
        self._errors = errors
        self.bad = 0

    def objects(self) -> Iterator[tuple[int, Mapping[str, object]]]:
        """Yield `(line number, object)` of each line that holds one."""
        for number, line in enumerate(self._raw(), start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError as exc:
                self.complain(number, f"not JSON: {exc}")
                continue
            if not isinstance(value, dict):
                self.complain(number, 'a JSON object is needed, such as {"id": "1", "text": "…"}')
                continue
            yield number, value

    def complain(self, number: int, problem: str) -> None:
        """Name a line and what is wrong with it."""
        self.bad += 1
        print(f"line {number}: {problem}", file=self._errors)

    def answer(self, work: Callable[[Mapping[str, object]], _Out], out: TextIO = sys.stdout) -> int:
        """Answer every good line, in order, and return the exit status."""
        for number, value in self.objects():
            try:
                write_line(work(value), out)
            except InvalidError as error:
                self.complain(number, str(error))
        return self.status()

    async def answer_async(
        self, work: Callable[[Mapping[str, object]], Awaitable[_Out]], out: TextIO = sys.stdout
    ) -> int:
        """Answer every good line, in order, and return the exit status."""
        for number, value in self.objects():
            try:
                write_line(await work(value), out)
            except InvalidError as error:
                self.complain(number, str(error))
        return self.status()

    def status(self) -> int:
        """Return 0 when every line was good, else 2."""
        return BAD_INPUT if self.bad else 0

    def _raw(self) -> Iterable[str]:
        buffer = getattr(self._source, "buffer", None)
        if buffer is None:
            yield from self._source
            return
        for line in buffer:
            yield line.decode("utf-8", errors="surrogateescape")


def write_line(value: Mapping[str, object], out: TextIO = sys.stdout) -> None:
    """Write one object on a line of its own, at once."""
    data = json.dumps(value, ensure_ascii=False)
    buffer = getattr(out, "buffer", None)
    if buffer is None:
        out.write(data + "\n")
    else:
        buffer.write(data.encode("utf-8", errors="replace") + b"\n")
    out.flush()


def text_of(value: Mapping[str, object], field: str) -> str:
    """Return a text field of an object.

    Raises:
        InvalidError: It is missing or no text.
    """
    found = value.get(field)
    if not isinstance(found, str):
        raise InvalidError(f"'{field}' must be a text")
    return found


def id_of(value: Mapping[str, object]) -> str | int:
    """Return the id of an object.

    Raises:
        InvalidError: It is missing, or neither text nor whole number.
    """
    found = value.get("id")
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise InvalidError("'id' must be a text or a whole number")
    return found
