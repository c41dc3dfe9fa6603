"""The languages that the service speaks."""

from enum import StrEnum


class Language(StrEnum):
    """A language in which every text of data/ exists."""

    ZH = "zh"
    EN = "en"
