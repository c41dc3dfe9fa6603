"""The language of a message, as far as it can be told."""

import pytest

from core.language import Language
from nlu.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("不想活了", Language.ZH),
        ("我唔想活喇", Language.ZH),
        ("tonight就结束 我连note都写好了 别劝", Language.ZH),
        ("i want to die", Language.EN),
        ("kms", Language.EN),
        ("Once my mother passes I'm following her", Language.EN),
        ("my boyfriend 打我 and I am scared of him", Language.EN),
        ("", None),
        ("123 👋", None),
        ("ok", Language.EN),
        ("死にたい", None),
        ("죽고 싶어", None),
        ("je ne sais pas quoi faire de ma vie", None),
    ],
)
def test_language(text: str, language: Language | None) -> None:
    """Scripts decide first; what is left open stays open."""
    assert detect_language(text) is language
