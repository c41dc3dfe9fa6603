"""The two files that steer routing: data/nlu/actions.yml and data/nlu/keywords.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.errors import ContentError, ContentErrors

RANKED = 3
"""How many intents a route names, and so how many a citizen is offered."""

Action = Annotated[
    str,
    StringConstraints(pattern=r"^(?:(?:flow|assessment|reply):[a-z0-9_]+|topic_other|menu|directory|human)$"),
]
Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True, to_lower=True)]
_Content = TypeVar("_Content", bound=BaseModel)


class RouteActions(BaseModel):
    """What to do for each intent.

    Attributes:
        actions: The action of every intent.
        often: The three intents offered when nothing was recognised.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    actions: dict[str, Action]
    often: Annotated[tuple[str, ...], Field(min_length=RANKED, max_length=RANKED)]

    def ranked(self, intents: tuple[str, ...]) -> tuple[str, ...]:
        """Return three different intents, the given ones first."""
        return tuple(dict.fromkeys((*intents, *self.often, *self.actions)))[:RANKED]


class Keywords(BaseModel):
    """The words of one intent.

    Attributes:
        words: Found anywhere in a message.
        whole: Count only as the whole message.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[Word, ...] = ()
    whole: tuple[Word, ...] = ()


class KeywordTable(BaseModel):
    """The words of every intent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intents: dict[str, Keywords]


class Domain(BaseModel):
    """The part of Rasa's domain that matters here."""

    intents: tuple[str, ...]


def read_actions(folder: Path) -> RouteActions:
    """Read `actions.yml` beside `domain.yml` and see that both name the same intents.

    Raises:
        ContentErrors: A file is missing, malformed, or an intent is not in both.
    """
    path = folder / "actions.yml"
    content, root = _read(path, RouteActions)
    known = _read(folder / "domain.yml", Domain)[0].intents
    _compare(path, root, ("actions",), set(content.actions), set(known), complete=True)
    for at, intent in enumerate(content.often):
        if intent not in known:
            line = _line(root, ("often", at))
            raise ContentErrors([ContentError(path, line, f"{intent} is no intent.", "Use a name of domain.yml.")])
    return content


def read_keywords(folder: Path) -> KeywordTable:
    """Read `keywords.yml` and see that its intents are in `domain.yml`.

    Raises:
        ContentErrors: A file is missing, malformed, or names an unknown intent.
    """
    path = folder / "keywords.yml"
    content, root = _read(path, KeywordTable)
    known = _read(folder / "domain.yml", Domain)[0].intents
    _compare(path, root, ("intents",), set(content.intents), set(known), complete=False)
    return content


def _compare(
    path: Path, root: yaml.Node | None, at: tuple[str, ...], given: set[str], known: set[str], *, complete: bool
) -> None:
    errors = [
        ContentError(path, _line(root, (*at, name)), f"{name} is no intent.", "Use a name of domain.yml.")
        for name in sorted(given - known)
    ]
    if complete:
        errors += [
            ContentError(path, _line(root, at), f"{name} is missing.", "Say what to do for it.")
            for name in sorted(known - given)
        ]
    if errors:
        raise ContentErrors(errors)


def _read(path: Path, form: type[_Content]) -> tuple[_Content, yaml.Node | None]:
    try:
        text = path.read_text(encoding="utf-8")
        data: Any = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError as exc:
        raise ContentErrors([ContentError(path, None, "The file is missing.", "Put it back.")]) from exc
    except UnicodeDecodeError as exc:
        raise ContentErrors([ContentError(path, None, "The file is not UTF-8.", "Save it as UTF-8.")]) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        problem = f"The YAML cannot be read: {getattr(exc, 'problem', exc)}."
        line = mark.line + 1 if mark is not None else None
        raise ContentErrors([ContentError(path, line, problem, "Check quotes, colons and indentation.")]) from exc
    try:
        return form.model_validate(data), root
    except ValidationError as exc:
        raise ContentErrors([_explain(path, root, detail["loc"], detail["msg"]) for detail in exc.errors()]) from exc


def _explain(path: Path, root: yaml.Node | None, where: tuple[int | str, ...], message: str) -> ContentError:
    name = ".".join(str(step) for step in where) or "The file"
    return ContentError(path, _line(root, where), f"{name}: {message}.", "See the comment at the top of the file.")


def _line(node: yaml.Node | None, steps: tuple[int | str, ...]) -> int | None:
    """Return the 1-based line of the deepest entry on the way that exists."""
    line = node.start_mark.line + 1 if node is not None else None
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = (node.value[step], node.value[step])
        else:
            found = None
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
