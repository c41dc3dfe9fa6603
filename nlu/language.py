"""Which of the service's languages a text is in; scripts decide, a detector only what they leave open."""

from __future__ import annotations

import re
from typing import Any

from core.language import Language

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0002ffff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_OTHER_SCRIPT = re.compile("[\u0370-\u1cff\u3040-\u30ff\uac00-\ud7af]")
_COMMON_WORDS = (
    "a about all am an and are as at be been but can cant could day did do does dont for from get go gonna had has "
    "have he hello help her hey hi him his how i if im in is it its ive just kill kms know like me my myself need "
    "no not of ok on one or our out she so some stop suicide tell thanks that the them then there they this to "
    "today tonight tomorrow too up wanna want was we were what when where who why will with wont would yes you "
    "your die dead alone tired sad"
)
_ENGLISH = frozenset(_COMMON_WORDS.split())
_ENOUGH_WORDS = 4


def detect_language(text: str) -> Language | None:
    """Return the language of a text, or None when there is too little to tell.

    Han characters mean Chinese as soon as they carry at least as much as the Latin words beside them; a
    statistical detector takes short Chinese for Korean or Japanese and is asked about Latin script only.
    """
    han = len(_HAN.findall(text))
    words = _LATIN_WORD.findall(text)
    other = len(_OTHER_SCRIPT.findall(text))
    if han and han >= other:
        return Language.ZH if 2 * han >= len(words) else Language.EN
    if other or not words:
        return None
    known = sum(word.lower().replace("’", "").replace("'", "") in _ENGLISH for word in words)
    if 2 * known >= len(words):
        return Language.EN
    if len(words) < _ENOUGH_WORDS:
        return None
    return Language.EN if _detected(text) == "en" else None


def _detected(text: str) -> str | None:
    # Imported here: the profiles cost memory and time that a Chinese conversation never needs.
    import langdetect  # noqa: PLC0415

    factory: Any = langdetect.DetectorFactory
    factory.seed = 0
    try:
        return str(langdetect.detect(text[:2000]))
    except langdetect.LangDetectException:
        return None
