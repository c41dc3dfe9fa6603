"""Makes bubbles from templates; every slot is bound to the facts of the turn and to the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.cases import CaseStatus
from core.language import Language
from core.messages import Author, Button, Reply

from .content import Content
from .facts import Facts
from .replies import Pool
from .templates import CLAUSES


class Teller:
    """Says texts in one language, as one author, at one level."""

    def __init__(self, facts: Facts, content: Content, author: Author, language: Language | None = None) -> None:
        """Bind the slots that every text may use."""
        self.facts = facts
        self.content = content
        self.author = author
        self.language = language or facts.language
        self._wording = content.replies.of(self.language)
        self._scope = facts.scope
        self._slots: dict[str, str] | None = None

    def say(
        self, name: str, buttons: Sequence[Button] = (), slots: Mapping[str, object] | None = None
    ) -> tuple[Reply, ...]:
        """Return the bubbles of a text; the buttons hang on the last one."""
        text = self._wording.texts[name]
        bubbles = (text.any_of[0],) if isinstance(text, Pool) else text
        return self.bubbles(bubbles, name, buttons, slots)

    def vary(self, name: str, said: Sequence[str], buttons: Sequence[Button] = ()) -> tuple[Reply, tuple[str, ...]]:
        """Return another way of a pool than those said lately, and what has been said then."""
        pool = self._wording.texts[name]
        choices = pool.any_of if isinstance(pool, Pool) else pool
        keys = [f"{name}.{number}" for number in range(len(choices))]
        # Never said comes first, then what was said longest ago.
        number = min(range(len(keys)), key=lambda one: (_last(said, keys[one]), one))
        reply = self.bubbles((choices[number],), name, buttons)[0]
        return reply, (*said, keys[number])[-24:]

    def bubbles(
        self,
        texts: Sequence[str],
        template: str,
        buttons: Sequence[Button] = (),
        slots: Mapping[str, object] | None = None,
    ) -> tuple[Reply, ...]:
        """Return one reply for each text with its slots filled; empty ones vanish."""
        said = [self.fill(text, slots) for text in texts]
        said = [text for text in said if text]
        last = len(said) - 1
        return tuple(
            Reply(self.author, text, template, tuple(buttons) if number == last else (), level=self.facts.level)
            for number, text in enumerate(said)
        )

    def fill(self, text: str, slots: Mapping[str, object] | None = None) -> str:
        """Return `text` with its slots filled."""
        shared = self._shared()
        for between in ("、", " 或 ", ", ", " or "):  # where one number is for both, it is said once
            if shared["police"] == shared["medical"]:
                text = text.replace(f"{{police}}{between}{{medical}}", "{police}")
        return text.format(**{**shared, **(slots or {})}).strip()

    def label(self, name: str) -> str:
        """Return what a button says."""
        return self._wording.labels[name]

    def button(self, name: str, payload: str | None = None) -> Button:
        """Return a button by its label's name; without a payload the name is the payload."""
        return Button(self.label(name), payload if payload is not None else name)

    def _shared(self) -> dict[str, str]:
        if self._slots is None:
            self._slots = {**self._numbers(), "page_state": self.page_state()}
        return self._slots

    def _numbers(self) -> dict[str, str]:
        directory, now = self.content.directory, self.facts.now
        slots = {part: directory.number(part, self._scope, self.language) for part in ("medical", "police", "fire")}
        slots["line"] = directory.said("line", self._scope, now, self.language)
        for clause, part in CLAUSES.items():
            number = directory.said(part, self._scope, now, self.language)
            slots[clause] = self._wording.clauses[clause].format(number=number) if number else ""
        return slots

    def page_state(self) -> str:
        """Return who is there, as committed with this turn; empty when no case is open or a person already has it."""
        facts = self.facts
        if facts.case_status is not CaseStatus.WAITING:
            return ""
        if facts.on_duty > 0:
            name = "person.waiting" if facts.ahead > 0 else "person.first"
        else:
            name = "person.nobody_hours" if facts.service_hours else "person.nobody"
        text = self._wording.texts[name]
        bubbles = text.any_of if isinstance(text, Pool) else text
        slots = {**self._numbers(), "page_state": ""}
        return bubbles[0].format(**slots, on_duty=facts.on_duty, ahead=facts.ahead, hours=facts.service_hours).strip()

    def page_bubbles(self) -> tuple[Reply, ...]:
        """Return the state as a bubble of its own, or nothing."""
        state = self.page_state()
        template = "person.called" if self.facts.person_called else "person.nobody"
        return (Reply(self.author, state, template, level=self.facts.level),) if state else ()


def _last(said: Sequence[str], key: str) -> int:
    for number in range(len(said) - 1, -1, -1):
        if said[number] == key:
            return number
    return -1


def outside_buttons(teller: Teller) -> tuple[Button, ...]:
    """Return the places that a citizen may name; the mainland is what is assumed."""
    return tuple(teller.button(f"where_{scope}", f"where:{scope}") for scope in ("hk", "mo", "tw", "other"))
