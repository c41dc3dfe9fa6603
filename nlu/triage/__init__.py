"""Risk triage: how urgent a person's response to a message must be, by rules, and why."""

from nlu.triage.engine import TriageEngine, load_engine

__all__ = ["TriageEngine", "load_engine"]
