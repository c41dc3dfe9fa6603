"""The second reader of risk triage: a trained model that sees what has no keyword, and may only raise a level."""

from nlu.reader.both import BothReaders, load_both
from nlu.reader.reader import SecondReader

__all__ = ["BothReaders", "SecondReader", "load_both"]
