"""The safety plan as it was written: six short lines to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.language import Language
from core.messages import Button, Reply

from .telling import Teller

LONGEST_LINE = 60
"""Characters of an answer that the list shows; the whole of it stays above in the conversation."""


def plan_lines(
    answers: Mapping[str, str], steps: Sequence[str], teller: Teller, buttons: Sequence[Button] = ()
) -> tuple[Reply, ...]:
    """Return one bubble with what was written for each step, or nothing when all was skipped."""
    between = "：" if teller.language is Language.ZH else ": "
    written = [
        f"{teller.label(step)}{between}{_short(answers[step])}"
        for step in steps
        if answers.get(step, "skip") != "skip" and answers[step].strip()
    ]
    if not written:
        return ()
    return (Reply(teller.author, "\n".join(written), "plan.written", tuple(buttons), level=teller.facts.level),)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
