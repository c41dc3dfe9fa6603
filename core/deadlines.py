"""How long people may wait: every time limit of the clinical rules, in one place.

Source: the triage scheme of docs/clinical-safety.md, an engineering proposal that a clinician must review.
"""

from __future__ import annotations

from datetime import timedelta

from core.risk import Level

COMPANY_AFTER = {Level.L4: timedelta(minutes=3), Level.L3: timedelta(minutes=5)}
"""How soon the guide speaks again to somebody who waits for a person."""
COMPANY_EVERY = {Level.L4: timedelta(minutes=3), Level.L3: timedelta(minutes=10)}
"""How often it does so from then on."""
NUDGE_AFTER = timedelta(minutes=5)
"""When an unanswered safety question at L2 is asked once more."""
UNCLAIMED_AFTER = {Level.L4: timedelta(seconds=15), Level.L3: timedelta(seconds=30), Level.L2: timedelta(minutes=5)}
"""When staff are first called again to a case that nobody has taken; below L2 as at L2."""
UNCLAIMED_EVERY = {
    Level.L4: timedelta(seconds=15),
    Level.L3: timedelta(seconds=60),
    Level.L2: timedelta(minutes=5),
    Level.L1: timedelta(minutes=10),
    Level.L0: timedelta(minutes=10),
}
"""How often they are called from then on."""
UNANSWERED = timedelta(seconds=90)
"""A citizen's message without answer calls its owner after this time, then again and supervisors too."""
TARGET = {Level.L4: timedelta(minutes=3), Level.L3: timedelta(minutes=10), Level.L2: timedelta(minutes=15)}
"""When a person should have answered, at the 95th percentile; shown beside the waiting time."""
L1_EPISODE_ENDS_AFTER = timedelta(days=7)
"""An episode that never rose above L1 ends after so long without a message; a higher one only by a person."""
