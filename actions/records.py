"""Questionnaires as a counsellor reads them: each item with the answer that was given."""

from __future__ import annotations

from datetime import datetime

from core.conversation import AssessmentRecord
from core.dialogue import AssessmentProgress
from core.language import Language

from .assessments import Assessment
from .content import Content
from .results import AssessmentResult


def finished_record(
    result: AssessmentResult, content: Content, language: Language, now: datetime
) -> AssessmentRecord | None:
    """Return a finished questionnaire, or None when its file is gone."""
    form = content.assessments.get(result.instrument)
    if form is None:
        return None
    return AssessmentRecord(
        instrument=result.instrument,
        version=result.version,
        completed=True,
        total=result.score,
        band=f"{form.bands[result.band].least}–{form.bands[result.band].most}",
        items=_items(form, result.answers, language),
        at=now,
    )


def open_record(
    progress: AssessmentProgress | None, content: Content, language: Language, now: datetime
) -> AssessmentRecord | None:
    """Return a questionnaire in progress as far as it was answered; None when there is none, or it is finished."""
    form = content.assessments.get(progress.instrument) if progress else None
    if progress is None or form is None or not 0 < len(progress.answers) < len(form.items):
        return None
    return AssessmentRecord(
        instrument=progress.instrument,
        version=progress.version,
        completed=False,
        total=None,
        band="",
        items=_items(form, progress.answers, language),
        at=now,
    )


def _items(form: Assessment, answers: tuple[int, ...], language: Language) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (item.text.of(language), option.label.of(language) if (option := form.find_option(value)) else "?", value)
        for item, value in zip(form.items, answers, strict=False)
    )
