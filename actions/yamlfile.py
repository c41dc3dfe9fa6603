"""Reads a YAML file and remembers the line of every value, so that an error can name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from core.errors import ContentError, ContentErrors

Key = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 booleans only: an option may be called `yes`, `no`, `on` or `off`."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:bool"]
    for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _word in ("true", "false"):
    _Loader.yaml_implicit_resolvers.setdefault(_word[0], []).append(
        ("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"))
    )


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file.

    Attributes:
        path: Where it is.
        value: Its content.
        lines: 1-based line of every value, by the way to it.
    """

    path: Path
    value: Any
    lines: Mapping[Key, int]

    def line_of(self, key: Key) -> int | None:
        """Return the line of `key`, or of the nearest value around it."""
        for end in range(len(key), -1, -1):
            if key[:end] in self.lines:
                return self.lines[key[:end]]
        return None

    def error(self, key: Key, problem: str, remedy: str) -> ContentError:
        """Return an error that names the line of `key`."""
        return ContentError(self.path, self.line_of(key), problem, remedy)


def read_yaml(path: Path) -> YamlFile:
    """Read `path`.

    Raises:
        ContentError: When it is missing, not UTF-8, not YAML, or has a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise ContentError(path, None, "The file is missing.", "Restore it from the repository.") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise ContentError(path, None, "The file cannot be read as UTF-8.", "Save it as UTF-8 text.") from problem
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Key, int] = {}
        if node is not None:
            _note_lines(path, node, (), lines)
        value = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        what = getattr(problem, "problem", None) or "not valid YAML"
        raise ContentError(
            path, line, f"This is not valid YAML: {what}.", "Check indentation, colons and quotes."
        ) from problem
    except ValueError as problem:
        raise ContentError(path, None, f"A value cannot be read: {problem}.", "Check dates and numbers.") from problem
    finally:
        loader.dispose()
    return YamlFile(path, value, lines)


def _note_lines(path: Path, node: yaml.Node, key: Key, lines: dict[Key, int]) -> None:
    lines[key] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            word = str(name.value)
            if word in seen:
                raise ContentError(
                    path, name.start_mark.line + 1, f"`{word}` is written twice.", "Keep one of the two."
                )
            seen.add(word)
            _note_lines(path, value, (*key, word), lines)
            lines[(*key, word)] = name.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _note_lines(path, value, (*key, number), lines)


def parse(file: YamlFile, model: type[Model]) -> Model:
    """Return the file's content as `model`.

    Raises:
        ContentErrors: With one error for every value that does not fit.
    """
    try:
        return model.model_validate(file.value)
    except ValidationError as problem:
        raise ContentErrors([_explain(file, dict(one)) for one in problem.errors()]) from problem


_REMEDIES = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it, or correct its spelling.",
    "string_too_long": "Shorten it.",
    "too_short": "Add what is missing.",
    "too_long": "Remove some.",
}


def _explain(file: YamlFile, problem: dict[str, Any]) -> ContentError:
    key: Key = tuple(problem["loc"])
    name = ".".join(str(part) for part in key) or "the file"
    kind = str(problem["type"])
    said = str(problem["msg"]).removeprefix("Value error, ").rstrip(".")
    expected = problem.get("ctx", {}).get("expected")
    remedy = _REMEDIES.get(kind) or (
        f"Write {expected}." if expected else "See the other files of this folder for the form."
    )
    return file.error(key, f"{name}: {said}.", remedy)
