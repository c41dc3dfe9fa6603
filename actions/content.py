"""All content of data/ as one immutable thing, checked as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.errors import ContentError, ContentErrors
from core.language import Language

from .assessments import Assessment
from .directory import Directory
from .flows import Flow, FlowText, lint_graph
from .lint import LABEL, LONG_BUBBLE, Forbidden, lint_text, load_forbidden, numbers_in
from .replies import Replies
from .replies_files import load_replies
from .yamlfile import Key, YamlFile, parse, read_yaml

DIRECTORY_TYPES = ("hotline", "clinic", "school", "community")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Content:
    """What the service can say.

    Attributes:
        flows: Current flows by (slug, language).
        older: Earlier versions that conversations pinned, by (slug, language, version).
        assessments: Questionnaires by id, in the order of the menu.
        replies: Templates, cards, labels and words.
        directory: Numbers and places.
        checksum: sha256 over all files.
    """

    flows: Mapping[tuple[str, Language], Flow]
    assessments: Mapping[str, Assessment]
    replies: Replies
    directory: Directory
    checksum: str
    older: Mapping[tuple[str, Language, str], Flow]

    def flow(self, slug: str, language: Language, version: str | None = None) -> Flow | None:
        """Return a flow, or None; with `version`, exactly that one."""
        current = self.flows.get((slug, language))
        if version is None or (current is not None and current.version == version):
            return current
        return self.older.get((slug, language, version))

    def of_language(self, language: Language) -> tuple[Flow, ...]:
        """Return the current flows in `language`, in the order of the menu."""
        found = (flow for (_, spoken), flow in self.flows.items() if spoken is language)
        return tuple(sorted(found, key=lambda flow: (flow.order, flow.slug)))

    def with_older(self, flows: Iterable[Flow]) -> Content:
        """Return the content with earlier versions of flows beside the current ones."""
        added = {(flow.slug, flow.language, flow.version): flow for flow in flows}
        return replace(self, older={**self.older, **added})


def load_content(data: Path) -> Content:
    """Read everything under `data`.

    Raises:
        ContentErrors: With every file and line that cannot be used, and what would be right.
    """
    content, errors = read_content(data)
    if content is None:
        raise ContentErrors(errors)
    return content


def read_content(data: Path) -> tuple[Content | None, list[ContentError]]:
    """Return the content, or None and every problem found."""
    errors: list[ContentError] = []
    forbidden = _collect(errors, lambda: load_forbidden(data / "replies" / "forbidden.yml"))
    if forbidden is None:
        return None, errors
    replies = _collect(errors, lambda: load_replies(data / "replies", forbidden))
    directory = _collect(errors, lambda: parse(read_yaml(data / "directory" / "national.yml"), Directory))
    assessments: dict[str, Assessment] = {}
    for path in sorted((data / "assessments").glob("*.yml")):
        found = _collect(errors, lambda path=path: _load_assessment(path, forbidden))  # type: ignore[misc]
        if found is not None:
            assessments[found.id] = found
    flows: dict[tuple[str, Language], Flow] = {}
    files: list[tuple[YamlFile, Flow]] = []
    for language in Language:
        for path in sorted((data / "flows" / language).glob("*.yml")):
            read = _collect(errors, lambda path=path, language=language: _load_flow(path, language, forbidden))  # type: ignore[misc]
            if read is not None:
                files.append(read)
                flows[(read[1].slug, language)] = read[1]
    if not flows:
        errors.append(ContentError(data / "flows", None, "There are no flows.", "Restore them from the repository."))
    errors.extend(_lint_together(files, flows, assessments))
    if directory is not None:
        errors.extend(_lint_numbers(files, directory))
    if errors or replies is None or directory is None:
        return None, errors
    ordered = dict(sorted(assessments.items(), key=lambda pair: (pair[1].order, pair[0])))
    return Content(flows, ordered, replies, directory, _checksum(data), {}), []


def _collect(errors: list[ContentError], read: Callable[[], _Found]) -> _Found | None:
    try:
        return read()
    except ContentErrors as problems:
        errors.extend(problems.errors)
    except ContentError as problem:
        errors.append(problem)
    return None


def _checksum(data: Path) -> str:
    digest = hashlib.sha256()
    for folder in ("flows", "assessments", "replies", "directory"):
        for path in sorted((data / folder).rglob("*.yml")):
            digest.update(str(path.relative_to(data)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _load_assessment(path: Path, forbidden: Forbidden) -> Assessment:
    file = read_yaml(path)
    found = parse(file, Assessment)
    errors: list[ContentError] = []
    if found.id != path.stem:
        errors.append(file.error(("id",), f"The id is `{found.id}`.", f"Call it `{path.stem}` as the file."))
    for language in Language:
        says: list[tuple[Key, str]] = [(("intro", language), found.intro.of(language))]
        for number, band in enumerate(found.bands):
            says.append((("bands", number, "says", language), band.says.of(language)))
            says.append((("bands", number, "next_step", language), band.next_step.of(language)))
            if "{score}" not in band.says.of(language):
                errors.append(
                    file.error(("bands", number, "says", language), "The slot {score} is missing.", "Say {score}.")
                )
        for key, text in says:
            for problem, remedy in lint_text(text, language, forbidden, limit=LONG_BUBBLE[language], crisis=True):
                errors.append(file.error(key, problem, remedy))
    if errors:
        raise ContentErrors(errors)
    return found


def _load_flow(path: Path, language: Language, forbidden: Forbidden) -> tuple[YamlFile, Flow]:
    file = read_yaml(path)
    text = parse(file, FlowText)
    flow = Flow(**text.model_dump(), language=language)
    errors = list(lint_graph(file, flow))
    older_adults = "older_adults" in flow.audience
    for number, step in enumerate(flow.steps):
        for line, said in enumerate(step.say):
            for problem, remedy in lint_text(said, language, forbidden, limit=LONG_BUBBLE[language], numbers=True):
                errors.append(file.error(("steps", number, "say", line), problem, remedy))
            if "您" in said and not older_adults:
                errors.append(file.error(("steps", number, "say", line), "`您` is said.", "Speak 你."))
        for which, choice in enumerate(step.choices):
            for problem, remedy in lint_text(choice.label, language, forbidden, limit=LABEL[language]):
                errors.append(file.error(("steps", number, "choices", which), problem, remedy))
    if errors:
        raise ContentErrors(errors)
    return file, flow


def _lint_together(
    files: list[tuple[YamlFile, Flow]],
    flows: Mapping[tuple[str, Language], Flow],
    assessments: Mapping[str, Assessment],
) -> Iterator[ContentError]:
    for file, flow in files:
        for language in Language:
            other = flows.get((flow.slug, language))
            if other is None:
                yield file.error(
                    (), f"There is no {language} version of `{flow.slug}`.", f"Write flows/{language}/{flow.slug}.yml."
                )
            elif [step.id for step in other.steps] != [step.id for step in flow.steps] and language is Language.EN:
                yield file.error(
                    ("steps",), "The steps differ from the English file.", "Use the same step ids in the same order."
                )
        for number, step in enumerate(flow.steps):
            for which, choice in enumerate(step.choices):
                key: Key = ("steps", number, "choices", which)
                if choice.flow is not None and (choice.flow, flow.language) not in flows:
                    yield file.error(key, f"There is no flow `{choice.flow}`.", "Name a flow of data/flows.")
                if choice.assessment is not None and choice.assessment not in assessments:
                    yield file.error(
                        key, f"There is no questionnaire `{choice.assessment}`.", f"Known: {', '.join(assessments)}."
                    )
                if choice.directory is not None and choice.directory not in DIRECTORY_TYPES:
                    yield file.error(
                        key, f"`{choice.directory}` is no kind of place.", f"Known: {', '.join(DIRECTORY_TYPES)}."
                    )


def _lint_numbers(files: list[tuple[YamlFile, Flow]], directory: Directory) -> Iterator[ContentError]:
    known = {service.number for service in directory.services if service.shown and service.scope == "mainland"}
    for file, flow in files:
        for number, step in enumerate(flow.steps):
            for line, said in enumerate(step.say):
                for unknown in sorted(set(numbers_in(said)) - known):
                    yield file.error(
                        ("steps", number, "say", line),
                        f"`{unknown}` is not in the directory.",
                        "Add it there with its hours, or remove it.",
                    )
