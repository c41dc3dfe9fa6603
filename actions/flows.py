"""Flows: short guided articles, step by step; a conversation stays on the version it began with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.errors import ContentError
from core.language import Language
from core.risk import Domain

from .yamlfile import YamlFile

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]

MAX_PAYLOAD_BYTES = 64
"""Telegram's limit for the data of a button."""


class Strict(BaseModel):
    """A part of a content file: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where the content comes from."""

    title: Line
    url: str = ""


class Exercise(Strict):
    """Something to do together with the page, in seconds and rounds."""

    kind: Literal["breathing", "grounding_54321"]
    inhale_s: int = Field(4, ge=1, le=10)
    hold_s: int = Field(0, ge=0, le=10)
    exhale_s: int = Field(6, ge=1, le=12)
    rounds: int = Field(6, ge=1, le=20)


class Raises(Strict):
    """What choosing a sentence says of risk: it acts at once, as if the citizen had written it.

    Levels follow the triage scheme of docs/clinical-safety.md.
    """

    level: Literal["L2", "L3", "L4"]
    domain: Domain
    subject: Literal["self", "other"]


class Choice(Strict):
    """A full sentence to tap, with exactly one target."""

    label: Line
    raises: Raises | None = None
    to: Slug | None = None
    assessment: Slug | None = None
    flow: Slug | None = None
    directory: Slug | None = None
    human: bool = False

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        targets = [t for t in (self.to, self.assessment, self.flow, self.directory, self.human or None) if t]
        if len(targets) != 1:
            raise ValueError("a choice has exactly one of to, assessment, flow, directory, human: true")
        return self


class Step(Strict):
    """What is said at once, and where it leads."""

    id: Slug
    say: Annotated[tuple[Line, ...], Field(min_length=1, max_length=3)]
    choices: Annotated[tuple[Choice, ...], Field(max_length=4)] = ()
    next: Slug | None = None
    exercise: Exercise | None = None
    ends: bool = False

    @model_validator(mode="after")
    def _one_way_on(self) -> Self:
        if sum((bool(self.choices), self.next is not None, self.ends)) != 1:
            raise ValueError("a step has exactly one of choices, next, ends: true")
        if len(self.choices) == 1:
            raise ValueError("a step has two to four choices; a single way on is `next`")
        return self

    def targets(self) -> Iterator[str]:
        """Yield the steps that this one leads to."""
        if self.next is not None:
            yield self.next
        for choice in self.choices:
            if choice.to is not None:
                yield choice.to


class FlowText(Strict):
    """A flow as its file has it."""

    slug: Slug
    topic: str
    title: Line
    summary: Line
    audience: tuple[str, ...] = ("everyone",)
    reading_minutes: int = Field(ge=1, le=30)
    author: str
    reviewed_on: date
    review_by: date
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    order: int = 100
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class Flow(FlowText):
    """A flow in one language."""

    language: Language

    @cached_property
    def version(self) -> str:
        """Return the sha256 checksum of the canonical JSON."""
        return hashlib.sha256(self.body().encode()).hexdigest()

    def body(self) -> str:
        """Return the whole flow as canonical JSON, to be kept with the conversations that pinned it."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def find_step(self, step: str) -> Step | None:
        """Return the step called `step`, or None."""
        return next((one for one in self.steps if one.id == step), None)

    @property
    def start(self) -> Step:
        """Return the first step."""
        return self.steps[0]


def flow_from_body(text: str) -> Flow:
    """Return the flow that `Flow.body()` wrote."""
    return Flow.model_validate_json(text)


def lint_graph(file: YamlFile, flow: Flow) -> Iterator[ContentError]:
    """Yield what is wrong with the ways through a flow: dead ends, steps nobody reaches, no way to a person."""
    if flow.slug != file.path.stem:
        yield file.error(("slug",), f"The slug is `{flow.slug}`.", f"Call it `{file.path.stem}` as the file.")
    if len({step.id for step in flow.steps}) != len(flow.steps):
        yield file.error(("steps",), "Two steps have the same id.", "Give every step its own id.")
        return
    broken = list(_lint_steps(file, flow))
    yield from broken
    if not broken:
        yield from _lint_ways(file, flow)


def _lint_steps(file: YamlFile, flow: Flow) -> Iterator[ContentError]:
    known = {step.id for step in flow.steps}
    for number, step in enumerate(flow.steps):
        payload = f"step:{flow.slug}:{step.id}:9"
        if len(payload.encode()) > MAX_PAYLOAD_BYTES:
            yield file.error(
                ("steps", number, "id"), "The slug and the step's id are too long together.", "Shorten the id."
            )
        for target in step.targets():
            if target not in known:
                yield file.error(
                    ("steps", number), f"`{target}` is not a step of this flow.", "Write the id of a step."
                )


def _lint_ways(file: YamlFile, flow: Flow) -> Iterator[ContentError]:
    at = {step.id: number for number, step in enumerate(flow.steps)}
    reached = _reachable(flow, flow.start.id)
    for number, step in enumerate(flow.steps):
        if step.id not in reached:
            yield file.error(("steps", number), f"Nothing leads to `{step.id}`.", "Lead a choice to it, or remove it.")
        elif not any(_leaves(flow, other) for other in _reachable(flow, step.id)):
            yield file.error(("steps", number), f"`{step.id}` never ends.", "Lead it to a step with `ends: true`.")
    for end in _ends_without_person(flow):
        yield file.error(
            ("steps", at[end]),
            f"A way to `{end}` passes no choice with `human: true`.",
            "Offer a person on a step of that way.",
        )


def _reachable(flow: Flow, start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        step = flow.find_step(name)
        if name not in seen and step is not None:
            seen.add(name)
            todo.extend(step.targets())
    return seen


def _leaves(flow: Flow, name: str) -> bool:
    step = flow.find_step(name)
    return step is not None and (step.ends or any(choice.to is None for choice in step.choices))


def _ends_without_person(flow: Flow) -> list[str]:
    """Walk only through steps that do not offer a person; what ends there was never offered one."""
    seen: set[str] = set()
    todo = [flow.start.id]
    while todo:
        name = todo.pop()
        step = flow.find_step(name)
        if name in seen or step is None or any(choice.human for choice in step.choices):
            continue
        seen.add(name)
        todo.extend(step.targets())
    return [step.id for step in flow.steps if step.id in seen and step.ends]
