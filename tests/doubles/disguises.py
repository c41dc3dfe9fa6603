"""Disguises of a message, as people write to get past a filter or just write: one of each kind."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from opencc import OpenCC
from pypinyin import lazy_pinyin

from nlu.sounds import read_homophones

DATA = Path(__file__).parents[2] / "data"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TABLE = read_homophones(DATA / "lexicon" / "homophones.tsv")
_SOUND_OF = {char: chars for chars in _TABLE.values() for char in chars}
_TRADITIONAL = OpenCC("s2t")
_HIDDEN_WORDS = re.findall(
    r"\w+",
    "自杀 跳楼 割腕 遗书 烧炭 自残 轻生 上吊 绝望 农药 吞药 安眠药 活不下去 不想活 不想醒 想死 消失 撑不住 熬不下去 "
    "同归于尽 杀了 了断 结束生命 天台 解脱 死了 催吐 家暴 强奸 再见 孤立 幻听",
)
_EMOJI = {"刀": "🔪", "药": "💊", "血": "🩸", "绳子": "🪢", "棺材": "⚰️"}


def _pick(text: str, choices: int) -> int:
    return zlib.crc32(text.encode()) % choices


def _hidden(text: str) -> str | None:
    return next((word for word in _HIDDEN_WORDS if word in text), None)


def _common(char: str) -> bool:
    return char.encode("gb2312", "ignore")[:1] < b"\xd8"  # the first level of GB 2312: in everyday use


def homophone(text: str) -> str:
    """Write one character of a risk word with another of the same sound."""
    word = _hidden(text)
    if word is None:
        return text
    at = _pick(text, len(word))
    alike = [c for c in _SOUND_OF.get(word[at], "") if c != word[at] and _common(c)]
    if not alike:
        return text
    other = alike[_pick(text + word, len(alike))]
    return text.replace(word, word[:at] + other + word[at + 1 :], 1)


def pinyin(text: str) -> str:
    """Write one character of a risk word in Latin letters."""
    word = _hidden(text)
    if word is None:
        return text
    at = _pick(text, len(word))
    return text.replace(word, word[:at] + lazy_pinyin(word[at])[0] + word[at + 1 :], 1)


def spaced(text: str) -> str:
    """Put a space between all characters."""
    return " ".join(text)


def zero_width(text: str) -> str:
    """Put invisible characters between all characters."""
    return "\u200b".join(text)


def traditional(text: str) -> str:
    """Write traditional characters."""
    converted: str = _TRADITIONAL.convert(text)
    return converted


def dotted(text: str) -> str:
    """Put a sign into a risk word."""
    word = _hidden(text)
    return text if word is None else text.replace(word, "*".join(word), 1)


def drawn(text: str) -> str:
    """Write a thing as a picture, and add a smile."""
    for word, picture in _EMOJI.items():
        if word in text:
            return text.replace(word, picture, 1) + "🙂"
    return text + "🙂"


def drawled(text: str) -> str:
    """Let the voice trail off after every clause."""
    return re.sub(r"(?=[，。 ]|$)", "……", text)


def cantonese(text: str) -> str:
    """Use Cantonese particles."""
    for plain, spoken in (("不想", "唔想"), ("了", "咗"), ("他们", "佢哋"), ("没有", "冇"), ("在", "喺")):
        text = text.replace(plain, spoken)
    return text


DISGUISES: Mapping[str, Callable[[str], str]] = {
    one.__name__: one for one in (homophone, pinyin, spaced, zero_width, traditional, dotted, drawn, drawled, cantonese)
}
