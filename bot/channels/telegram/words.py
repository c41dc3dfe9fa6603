"""Text on its way in and out: what cannot be stored, and what is too long to send."""

from __future__ import annotations

import unicodedata

LIMIT = 4096
"""Length of one Telegram message. Counted here in UTF-16 units, which are never fewer than what Telegram counts."""

_BREAKS = ("\n\n", "\n", "。", "！", "？", "…", ". ", "! ", "? ", "；", "，", " ")
_JOINERS = "\u200d\ufe0e\ufe0f"


def clean(text: str) -> str:
    """Return the text with what no database stores, half surrogate pairs and NUL, replaced by U+FFFD."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "\ufffd")


def split_text(text: str, limit: int = LIMIT) -> list[str]:
    """Return the text in parts that each fit into one message, in order; blank text gives none.

    A part ends at the last paragraph, line, sentence or word in the second half of what fits, else wherever no
    character is torn apart. Only white space around the seams is lost.
    """
    parts = []
    rest = text.strip()
    while _units(rest) > limit:
        cut = _find_cut(rest, _fitting(rest, limit))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of the text fit."""
    units = 0
    for index, char in enumerate(text):
        units += 2 if char > "\uffff" else 1
        if units > limit:
            return index
    return len(text)


def _find_cut(text: str, fitting: int) -> int:
    """Return where to end a part that may have `fitting` characters."""
    for mark in _BREAKS:
        at = text.rfind(mark, fitting // 2, fitting)
        if at > 0:
            return at + len(mark)
    cut = fitting
    while cut > 1 and _is_joined(text[cut - 1], text[cut]):
        cut -= 1
    return cut if cut > 1 else fitting  # nothing but joined characters: tear them rather than loop


def _is_joined(before: str, after: str) -> bool:
    """Return whether two characters are read as one."""
    return bool(unicodedata.combining(after)) or after in _JOINERS or before == "\u200d"
