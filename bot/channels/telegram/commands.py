"""The commands that Telegram lists beside the text field, from data/telegram/commands.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator
from telegram import Bot, BotCommand

from bot.channels.telegram.updates import COMMANDS
from core.errors import ContentError
from core.language import Language

_MIXED = " · "

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


@dataclass(frozen=True, slots=True)
class Command:
    """One command and its words in each language."""

    name: str
    zh: str
    en: str

    def words(self, language: Language | None) -> str:
        """Return the words in one language, or in both for a citizen of neither."""
        match language:
            case Language.ZH:
                return self.zh
            case Language.EN:
                return self.en
            case None:
                return self.zh if self.zh == self.en else f"{self.zh}{_MIXED}{self.en}"


class _Entry(BaseModel):
    """The words of one command."""

    model_config = ConfigDict(extra="forbid")
    zh: _Words
    en: _Words


class _File(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")
    commands: dict[str, _Entry]

    @model_validator(mode="after")
    def _names_are_ours(self) -> Self:
        """Check that each command that means something is there, and no other."""
        missing = [name for name in COMMANDS if name not in self.commands]
        unknown = [name for name in self.commands if name not in COMMANDS]
        if missing or unknown:
            raise ValueError(f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}")
        return self


def load_commands(path: Path) -> tuple[Command, ...]:
    """Return the commands in the order of the file.

    Raises:
        ContentError: The file is missing, is not YAML or does not have the right form.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = _File.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(path, None, "The file cannot be read.", "Put it back, as UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ContentError(path, line, "This is not YAML.", "Check the indentation and the colons.") from error
    except yaml.YAMLError as error:
        raise ContentError(path, None, "This is not YAML.", "Remove characters that cannot be printed.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "commands"
        remedy = f"Give {', '.join(COMMANDS)}, each with zh and en of 1 to 120 characters."
        raise ContentError(path, _find_line(tree, first["loc"]), f"{where}: {first['msg']}.", remedy) from error
    return tuple(Command(name, entry.zh, entry.en) for name, entry in content.commands.items())


async def register_commands(bot: Bot, commands: Sequence[Command]) -> None:
    """Tell Telegram the commands in each language, and in both for apps of any other.

    Raises:
        TelegramError: Telegram did not take them.
    """
    for language in (None, *Language):
        listed = [BotCommand(command.name, command.words(language)) for command in commands]
        await bot.set_my_commands(listed, language_code=language)


def _find_line(node: yaml.Node | None, keys: Sequence[int | str]) -> int | None:
    """Return the line of the deepest of the nested keys that the file has."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((k, v) for k, v in pairs if k.value == key), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
