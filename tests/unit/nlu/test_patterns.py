"""The pattern language of the rules."""

import pytest

from nlu.patterns import PatternError, parse_pattern

TEXT = "我想去，跳楼。今晚"
HITS = {"want": [(1, 2)], "method": [(4, 6)], "soon": [(7, 9)]}


@pytest.mark.parametrize(
    ("pattern", "spans"),
    [
        ("method", [(4, 6)]),
        ("want 4 method", []),
        ("want ~4 method", [(1, 6)]),
        ("want ~1 method", []),
        ("^method$", [(4, 6)]),
        ("^want", []),
        ("soon$$", [(7, 9)]),
        ("method$$", []),
        ("method & want", [(4, 6)]),
        ("soon|method", [(7, 9), (4, 6)]),
        ("method & =absent", []),
    ],
)
def test_find(pattern: str, spans: list[tuple[int, int]]) -> None:
    """Distances, clause ends and parts in any order."""
    assert [(m.start, m.end) for m in parse_pattern(pattern).find_all(TEXT, HITS)] == spans


@pytest.mark.parametrize("pattern", ["", "want 4", "4 want", "want 3 4 method", "want |method", "="])
def test_unreadable(pattern: str) -> None:
    """A pattern that makes no sense is refused."""
    with pytest.raises(PatternError):
        parse_pattern(pattern)
