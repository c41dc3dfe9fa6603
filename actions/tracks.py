"""Chooses the guide's track by domain and subject, never by level alone."""

from __future__ import annotations

from core.risk import Domain, Level, Subject, TriageResult

from .facts import Facts
from .replies import GENERAL, THIRD_DANGER, THIRD_SUICIDE, Replies

# What can kill within the hour comes first; a rule of clinical order, not of importance.
_ORDER = (
    Domain.OVERDOSE,
    Domain.SUICIDE,
    Domain.SELF_HARM,
    Domain.INCIDENT,
    Domain.DOMESTIC_VIOLENCE,
    Domain.SEXUAL_ASSAULT,
    Domain.CHILD_ABUSE,
    Domain.HARM_OTHERS,
    Domain.PSYCHOSIS,
    Domain.PERINATAL,
    Domain.SEXTORTION,
    Domain.BULLYING,
    Domain.SUBSTANCE,
    Domain.EATING_DISORDER,
    Domain.ELDER,
    Domain.ECONOMIC,
)
_SHORT = {
    "dv": Domain.DOMESTIC_VIOLENCE,
    "assault": Domain.SEXUAL_ASSAULT,
    "child": Domain.CHILD_ABUSE,
    "eating": Domain.EATING_DISORDER,
}
"""Beginnings of rule names that are not the domain's own name."""
_METHOD_RULES = ("method_seek", "method_query", "search_method")
_TO_ONESELF = frozenset({Domain.SUICIDE, Domain.SELF_HARM, Domain.OVERDOSE})
_AT_HOME = frozenset({Domain.DOMESTIC_VIOLENCE, Domain.CHILD_ABUSE})


def choose_track(facts: Facts) -> str:
    """Return the track for this message: the domains of its own highest evidence, else those of the episode."""
    if facts.triage.level >= Level.L2:
        domains, subject = _leading(facts.triage), facts.triage.subject
    else:
        domains, subject = (), Subject.UNKNOWN
    domains = domains or facts.state.domains
    if subject is Subject.UNKNOWN:
        subject = facts.state.subject
    first = min(domains, key=_ORDER.index, default=None)
    if subject is Subject.OTHER and first is not None:
        return THIRD_SUICIDE if first in _TO_ONESELF else THIRD_DANGER
    if first is not None:
        return first.value
    # An answer such as 我在天台 names no domain of its own: the danger is the one already spoken of.
    return next((name.split(".")[1] for name in reversed(facts.state.guide.cards)), GENERAL)


def _leading(triage: TriageResult) -> tuple[Domain, ...]:
    """Return the domains that the highest evidence names (`suicide.method_self`), else all."""
    prefixes = {one.rule.split(".")[0] for one in triage.evidence if one.level is triage.level}
    meant = {_SHORT.get(prefix, prefix) for prefix in prefixes}
    named = tuple(domain for domain in triage.domains if domain in meant)
    return named or triage.domains


def current_track(facts: Facts) -> str:
    """Return the track of the last card that was said, else the one that fits."""
    for name in reversed(facts.state.guide.cards):
        return name.split(".")[1]
    return choose_track(facts)


def is_quiet(facts: Facts, replies: Replies) -> bool:
    """Return whether nothing may be said unasked: violence at home, and the phone is not known to be safe."""
    track = current_track(facts)
    at_home = bool(_AT_HOME & {*facts.state.domains, *facts.triage.domains}) or replies.tracks[track].quiet
    return at_home and facts.state.guide.answers.get("safe_contact") != "private"


def asks_method(triage: TriageResult) -> bool:
    """Return whether a rule found a question for a way to die."""
    return any(word in one.rule for one in triage.evidence for word in _METHOD_RULES)
