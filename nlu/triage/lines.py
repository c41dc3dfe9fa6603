"""Triage of single records and of whole conversations, in the form the command line reads and prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from core.errors import InvalidError
from core.risk import NO_HISTORY, Level, TriageHistory, TriageResult, Utterance
from nlu.language import detect_language

_KEPT_TURNS = 12


class Assesses(Protocol):
    """The rules alone, or with the second reader beside them."""

    def assess(self, text: str, history: TriageHistory = NO_HISTORY) -> TriageResult:
        """Return what a message means after what came before it."""


def triage_line(engine: Assesses, record: object) -> dict[str, object]:
    """Return what the rules say of `{"id", "text"}`.

    Raises:
        InvalidError: The record has another form.
    """
    fields = _mapping(record)
    text = _text(fields, "text")
    result = engine.assess(text)
    language = detect_language(text)
    return {
        "id": _identity(fields),
        "level": result.level.name,
        "domains": [domain.value for domain in result.domains],
        "subject": result.subject.value,
        "evidence": [{"quote": one.quote, "rule": one.rule} for one in result.evidence],
        "language": "unknown" if language is None else language.value,
    }


def triage_conversation(engine: Assesses, record: object) -> dict[str, object]:
    """Return the episode's level after each turn of the citizen, silences included.

    A record is `{"id", "turns"}`; a turn is `{"from": "citizen" or "bot", "text"}`, or
    `{"from": "citizen", "silence_s"}`.

    Raises:
        InvalidError: The record has another form.
    """
    fields = _mapping(record)
    turns = fields.get("turns")
    if not isinstance(turns, Sequence) or isinstance(turns, str | bytes):
        raise InvalidError("'turns' must be a list of turns.")
    history = TriageHistory()
    levels: list[str] = []
    for turn in turns:
        utterance = _utterance(turn)
        if utterance.by_citizen:
            history = _after(engine, history, utterance)
            levels.append(history.level.name)
        history = _remembering(history, utterance)
    return {"id": _identity(fields), "levels": levels}


def level_after_silence(level: Level) -> Level:
    """Return the episode's level after a silence: it alone raises nothing and lowers nothing."""
    return level


def _after(engine: Assesses, history: TriageHistory, utterance: Utterance) -> TriageHistory:
    if utterance.silence_s is not None:
        return TriageHistory(history.turns, level_after_silence(history.level), history.domains)
    result = engine.assess(utterance.text, history)
    domains = dict.fromkeys((*history.domains, *result.domains))
    return TriageHistory(history.turns, max(history.level, result.level), tuple(domains))


def _remembering(history: TriageHistory, utterance: Utterance) -> TriageHistory:
    turns = (*history.turns, utterance)[-_KEPT_TURNS:]
    return TriageHistory(turns, history.level, history.domains)


def _utterance(turn: object) -> Utterance:
    fields = _mapping(turn)
    speaker = fields.get("from")
    if speaker not in ("citizen", "bot"):
        raise InvalidError("A turn is 'from' the citizen or the bot.")
    by_citizen = speaker == "citizen"
    if "silence_s" not in fields:
        return Utterance(by_citizen, _text(fields, "text"))
    silence = fields["silence_s"]
    if not by_citizen or isinstance(silence, bool) or not isinstance(silence, int | float) or silence < 0:
        raise InvalidError("'silence_s' is a citizen's silence in seconds, zero or more.")
    if not math.isfinite(silence):
        raise InvalidError("'silence_s' is a finite number of seconds.")
    return Utterance(by_citizen, silence_s=int(silence))


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise InvalidError("A record must be a JSON object.")
    return value


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise InvalidError(f"'{name}' must be a string.")
    return value


def _identity(fields: Mapping[str, object]) -> str | int:
    value = fields.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidError("'id' must be a string or a whole number.")
    return value
