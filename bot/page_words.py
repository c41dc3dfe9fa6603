"""The words of the citizen's page, checked and built into its HTML."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, RootModel, model_validator

from actions.yamlfile import YamlFile, parse, read_yaml
from core.errors import ContentError, ContentErrors
from core.language import Language

PAGE = Path(__file__).parent / "page"
"""The page's own files: `index.html` is a template, the others are served as they are."""

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""What `GET /` is served with: nothing from outside, nothing inline, nothing left in a shared phone's cache."""

_IN_TEMPLATE = re.compile(r"\{\{([a-z0-9_]+)(?::(zh|en))?\}\}")
_BY_ATTRIBUTE = re.compile(r'data-word(?:-label|-placeholder)?="([a-z0-9_]+)"')
_BY_SCRIPT = re.compile(r'\bword\("([a-z0-9_]+)"[,)]')
_NAMES = re.compile(r"\{([a-z_]*)\}")
_WORDS_BLOCK = "{{words}}"

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1, max_length=160)]


class PageWords(RootModel[dict[Key, Text]]):
    """One language's words, by flat key."""

    @model_validator(mode="after")
    def _leaves_to_a_safe_place(self) -> Self:
        target = self.root.get("exit_to", "about:blank")
        if target != "about:blank" and not target.startswith("https://"):
            raise ValueError("exit_to is about:blank or an address that begins with https://")
        return self


def load_words(data: Path) -> dict[Language, PageWords]:
    """Read both languages from `data/page/`.

    Raises:
        ContentError: A file is missing or is not YAML.
        ContentErrors: A value has the wrong form, or the two files do not have the same keys and names.
    """
    files = {language: read_yaml(data / "page" / f"{language}.yml") for language in Language}
    words = {language: parse(file, PageWords) for language, file in files.items()}
    errors = list(_differences(files, words))
    if errors:
        raise ContentErrors(errors)
    return words


def needed_keys(page: Path = PAGE) -> set[str]:
    """Return the keys that the page's own files ask for by name."""
    template = (page / "index.html").read_text(encoding="utf-8")
    needed = {match[1] for match in _IN_TEMPLATE.finditer(template)} - {"words"}
    needed.update(_BY_ATTRIBUTE.findall(template))
    for script in sorted(page.glob("*.js")):
        needed.update(_BY_SCRIPT.findall(script.read_text(encoding="utf-8")))
    return needed


def render_page(data: Path) -> str:
    """Return the page's HTML with the words of `data/page/` in it.

    Raises:
        ContentError: A file is missing or is not YAML.
        ContentErrors: The words do not fit the page; every problem is named with file and line.
    """
    words = load_words(data)
    template = (PAGE / "index.html").read_text(encoding="utf-8")
    block = _as_data_block({language.value: words[language].root for language in Language})
    filled = _IN_TEMPLATE.sub(
        lambda match: (
            match[0] if match[0] == _WORDS_BLOCK else html.escape(words[Language(match[2] or "zh")].root[match[1]])
        ),
        template,
    )
    return filled.replace(_WORDS_BLOCK, block)


def _differences(files: Mapping[Language, YamlFile], words: Mapping[Language, PageWords]) -> Iterator[ContentError]:
    """Yield what one language has and the other, or the page, does not."""
    needed = needed_keys()
    for language, other in ((Language.ZH, Language.EN), (Language.EN, Language.ZH)):
        file, own, theirs = files[language], words[language].root, words[other].root
        for key, text in own.items():
            if key not in theirs:
                yield file.error((key,), f"`{key}` is missing in {other}.yml.", "Add it there, or remove it here.")
            elif language is Language.EN and set(_NAMES.findall(text)) != set(_NAMES.findall(theirs[key])):
                yield file.error((key,), f"`{key}` has other names in {{…}} than zh.yml.", "Use the same names.")
        for key in sorted(needed - own.keys()):
            if key not in theirs:
                yield file.error((), f"`{key}` is missing.", "Add it: the page shows it.")


def _as_data_block(value: object) -> str:
    """Return JSON that cannot end or open a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
