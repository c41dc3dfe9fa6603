"""Names of all texts and the slots that each one fills; a file with another set is refused."""

from __future__ import annotations

SHARED_SLOTS = frozenset(
    {"medical", "police", "fire", "line", "silent", "youth", "women", "city", "fraud", "page_state"}
)
"""Slots that every text may use: numbers of the citizen's region, and what is committed about a person."""

CLAUSES = {"silent": "sms", "youth": "youth", "women": "women", "city": "city", "fraud": "fraud"}
"""Whole sentences around one number; empty where that number does not exist."""

_NONE: frozenset[str] = frozenset()


def _plain(*names: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names, _NONE)


FIRST_WORDS: dict[str, frozenset[str]] = {
    **_plain("intro.program", "intro.kept", "intro.secrecy", "intro.consent", "intro.crisis"),
    "intro.kept_days": frozenset({"days"}),
}
PEOPLE: dict[str, frozenset[str]] = {
    "person.waiting": frozenset({"on_duty", "ahead"}),
    "person.first": frozenset({"on_duty"}),
    "person.nobody_hours": frozenset({"hours"}),
    "person.joined": frozenset({"name"}),
    **_plain(
        "person.nobody",
        "person.none",
        "person.meanwhile",
        "person.alone_now",
        "person.joined_unnamed",
        "person.released",
        "person.closed",
        "person.closed_form",
    ),
}
CRISIS: dict[str, frozenset[str]] = _plain(
    "guide.heard",
    "guide.not_now",
    "guide.method",
    "guide.media",
    "guide.media_claimable",
    "guide.numbers",
    "guide.minor",
    "guide.moved",
    "guide.stay",
    "guide.stay_quiet",
    "guide.company",
    "guide.done",
    "guide.done_call",
    "plan.done",
    "plan.later",
)
BOT: dict[str, frozenset[str]] = {
    **_plain(
        "reply.greet",
        "reply.thanks",
        "reply.goodbye",
        "reply.help",
        "reply.about_bot",
        "reply.privacy",
        "reply.delete_my_data",
        "reply.export_my_data",
        "reply.out_of_scope",
        "reply.medication",
        "reply.medication_stigma",
        "reply.diagnosis",
        "reply.hours",
        "reply.cost",
        "reply.topic_other",
        "menu.start",
        "menu.more",
        "menu.tools",
        "menu.plain",
        "unsure",
        "unsure.none",
        "flow.choose",
        "flow.stale",
        "flow.elsewhere",
        "flow.gone",
        "flow.left",
        "flow.first",
        "flow.helpful",
        "helpful.yes",
        "helpful.no",
        "exercise.grounding_54321",
        "form.again",
        "form.offer_leave",
        "form.left",
        "form.back",
        "form.stale",
        "form.over",
        "form.choose",
        "form.none",
        "form.person",
        "form.paused",
        "form.first_answer",
        "form.resumed",
        "form.waits",
        "form.consent",
        "directory.choose",
        "directory.hotline",
        "directory.emergency",
        "directory.clinic",
        "directory.school",
        "directory.community",
        "directory.other",
        "directory.none",
        "consent.yes",
        "consent.no",
        "consent.ask_again",
        "where.ask",
        "where.saved",
        "language.ask",
        "language.set",
        "language.other",
        "checkin.ask",
        "checkin.no",
        "media.voice",
        "media.photo",
        "media.sticker",
        "media.location",
        "media.unsupported",
        "stale",
        "profile.saved",
    ),
    "form.repeat": frozenset({"days"}),
    "exercise.breathing": frozenset({"inhale", "exhale", "rounds"}),
    "exercise.breathing_hold": frozenset({"inhale", "hold", "exhale", "rounds"}),
    "directory.line": frozenset({"number", "name", "purpose"}),
}
FILES: dict[str, dict[str, frozenset[str]]] = {
    "first_words": FIRST_WORDS,
    "people": PEOPLE,
    "crisis": CRISIS,
    "bot": BOT,
}
"""File of data/replies/<language>/ and the texts that it holds."""

LABELS = frozenset(
    {
        "human",
        "menu",
        "back",
        "leave",
        "leave_flow",
        "next",
        "resume",
        "consent_yes",
        "consent_no",
        "where_outside",
        "where_mainland",
        "where_hk",
        "where_mo",
        "where_tw",
        "where_other",
        "language_zh",
        "language_en",
        "checkin_yes",
        "checkin_no",
        "checkin_unsure",
        "helpful_yes",
        "helpful_no",
        "directory",
        "dir_hotline",
        "dir_clinic",
        "dir_school",
        "dir_community",
        "numbers",
    }
)
WORDS = frozenset(
    {
        "human",
        "menu",
        "help",
        "start",
        "back",
        "leave",
        "next",
        "resume",
        "yes",
        "no",
        "unsure",
        "consent_yes",
        "consent_no",
        "numbers",
        "lang_zh",
        "lang_en",
        "fillers_before",
        "fillers_after",
    }
)
