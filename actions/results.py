"""What a turn leaves behind besides words: a finished questionnaire, a vote on a flow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AssessmentResult:
    """A questionnaire that was answered to the end.

    Attributes:
        instrument: Its id, for example `phq9`.
        version: Checksum of its data file.
        answers: One value for each item, in order.
        score: The total.
        band: Number of the band, from 0, in the order of the file.
    """

    instrument: str
    version: str
    answers: tuple[int, ...]
    score: int
    band: int


@dataclass(frozen=True, slots=True)
class HelpfulVote:
    """What a citizen said of a flow.

    Attributes:
        slug: Name of the flow.
        version: Checksum of the version that was read; empty when not known.
        helped: True for yes.
    """

    slug: str
    version: str
    helped: bool
