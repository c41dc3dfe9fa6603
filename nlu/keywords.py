"""Routes by keywords: what still works while Rasa is starting, slow or down."""

from __future__ import annotations

import re
from functools import cache

from core.routing import NluState, Route, RouteSource
from nlu.normalise import simplified_characters
from nlu.route_files import KeywordTable, RouteActions

_ALONE = re.compile(r"[\s,.!?~，。！？～…、;；:：]+")
_LATIN = re.compile(r"[a-z0-9]")
# A full-width letter or digit lies this far behind the plain one.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# A word found says less than a trained model: the citizen still sees the other choices.
_HIGHEST_CONFIDENCE = 0.8
_CHINESE_WEIGHT = 2  # one character says about as much as two letters


@cache
def _plain_characters() -> dict[int, int]:
    return {ord(old): ord(new) for old, new in simplified_characters().items()} | _FULL_WIDTH


def plain(text: str) -> str:
    """Return the text in simplified characters and half-width letters, of the same length as it was.

    The length is kept, so that offsets found in the one hold in the other.
    """
    return text.translate(_plain_characters())


class KeywordRouter:
    """Finds a route by the longest words of data/nlu/keywords.yml."""

    def __init__(self, table: KeywordTable, actions: RouteActions) -> None:
        """Prepare the patterns once."""
        self._actions = actions
        self._whole = {word: intent for intent, entry in table.intents.items() for word in entry.whole}
        self._words = tuple(
            (intent, len(word) * (1 if word.isascii() else _CHINESE_WEIGHT), _pattern(word))
            for intent, entry in table.intents.items()
            for word in entry.words
        )

    @property
    def state(self) -> NluState:
        """Return OFF: without Rasa there is nothing to wait for."""
        return NluState.OFF

    async def route(self, text: str) -> Route:
        """Return the route of a message; the same as `find_route`, as a port."""
        return self.find_route(text)

    def find_route(self, text: str) -> Route:
        """Return the route of a message; without a word found, `out_of_scope` with confidence 0."""
        small = plain(text).lower()
        alone = _ALONE.sub(" ", small).strip()
        if alone in self._whole:
            return self._answer(self._whole[alone], (), _HIGHEST_CONFIDENCE, sure=True)
        weights: dict[str, int] = {}
        for intent, weight, pattern in self._words:
            if pattern.search(small):
                weights[intent] = max(weights.get(intent, 0), weight)
        if not weights:
            ranking = self._actions.ranked(())
            return Route(intent="out_of_scope", confidence=0.0, ranking=ranking, action="menu", sure=False)
        best, *others = sorted(weights, key=lambda intent: -weights[intent])
        second = weights[others[0]] if others else 0
        confidence = _HIGHEST_CONFIDENCE * weights[best] / (weights[best] + second)
        return self._answer(best, tuple(others), confidence, sure=weights[best] > second)

    def _answer(self, intent: str, others: tuple[str, ...], confidence: float, *, sure: bool) -> Route:
        return Route(
            intent=intent,
            confidence=round(confidence, 4),
            ranking=self._actions.ranked((intent, *others)),
            action=self._actions.actions[intent],
            sure=sure,
            source=RouteSource.KEYWORDS,
        )


def _pattern(word: str) -> re.Pattern[str]:
    """Return a pattern that takes Latin words and numbers only as whole ones."""
    before = r"(?<![a-z0-9])" if _LATIN.match(word[0]) else ""
    after = r"(?![a-z0-9])" if _LATIN.match(word[-1]) else ""
    return re.compile(before + re.escape(word) + after)
