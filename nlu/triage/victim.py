"""Who suffers what somebody does: in 老公打我 the husband acts, and the one who writes is in danger."""

from __future__ import annotations

import re

from core.risk import Domain

DONE_TO_SOMEBODY = frozenset(
    {
        Domain.DOMESTIC_VIOLENCE,
        Domain.SEXUAL_ASSAULT,
        Domain.CHILD_ABUSE,
        Domain.BULLYING,
        Domain.SEXTORTION,
    }
)
"""Domains in which the person named first is often the one who does it."""

_KIN = (
    "妈|爸|爹|娘|父|母|女儿|儿子|孩子|小孩|娃|姐|妹|哥|弟|爷|奶|姥|外婆|外公|叔|姑|姨|舅|婆婆|公公|老公|老婆|"
    "丈夫|妻子|对象|男朋友|女朋友|男友|女友|闺蜜|朋友|同学|室友|舍友|同桌|邻居|同事|学生|老师|领导|侄|外甥|表|堂"
)
_ONLY_WATCHES = "担心|怀疑|发现|看到|看见|听到|听见|觉得|感觉|想问|该怎么|怎么帮|要不要|能不能|想帮|不知道怎么帮"
_OWN = re.compile(
    rf"我(?!(?:的|家|们|那个?|这个?)?(?:大|小|前|亲|女|男)?(?:{_KIN})|们班|{_ONLY_WATCHES})|"
    r"\bme\b|\bmyself\b|"
    r"\bi(?:'?m| am| was| got| get|'?ve been) (?:being )?\w+(?:ed|en|it|t)\b|"
    r"\bmy (?:face|arm|neck|phone|hair|body)\b"
)


def speaks_as_victim(text: str) -> bool:
    """Return whether the writer is the one it happens to: 我 stands for themselves, not for 我女儿 or 我担心."""
    return _OWN.search(text) is not None
