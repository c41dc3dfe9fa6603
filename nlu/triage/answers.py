"""A short answer means what the service had asked: 今晚 after 有没有想过什么时候."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from core.risk import Level, TriageHistory

_WHEN = re.compile(r"什么时候|何时|哪天|几时|大概时间|多久以后|when", re.IGNORECASE)
_HOW = re.compile(r"怎么做|怎样做|什么办法|什么方法|哪种方|具体.{0,4}(?:办法|计划|打算)|how|method|plan", re.IGNORECASE)
_MEANS = re.compile(
    r"身边有.{0,6}(?:东西|药|刀)|手边|会伤到自己|伤害自己的(?:东西|工具)|access to|within reach|hurt yourself with",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"自杀的(?:想法|念头)|想过(?:死|自杀|不想活)|不想活|想死|伤害自己|结束生命|想到死|"
    r"suicid|kill(?:ing)? yourself|end(?:ing)? your life|hurt(?:ing)? yourself|want(?:ing)? to die|dying",
    re.IGNORECASE,
)
_SAFE = re.compile(r"(?:现在|此刻|这会儿).{0,4}安全吗|are you safe|safe (?:right )?now", re.IGNORECASE)
_YES = re.compile(
    r"^(?:嗯+|是的?|对的?|有的?|有过|有点|有一?些|有时候?会?想?|想过|想|经常|总是|一直|每天|常常|偶尔会?|会|会想|恩+|en+|1|"
    r"可能|也许|应该|算是|差不多|大概|好像|确实|没错|"
    r"yes|yeah|yep|yea|yup|ye|sometimes|often|always|a bit|a lot|i do|i have|i am|every day|all the time|"
    r"maybe|i guess|kind of|kinda|sort of|i think so|probably)"
    r"(?:啊|吧|呀|啦|的|了|有|，|。|,|\.| |$)",
)
_UNSAFE = re.compile(
    r"^(?:不(?:太|是很|怎么|算)?安全|不知道|说不好|no\b|not really|nope|i dont know)|"
    r"^(?:不|没有|不是|不太)(?:吧|的|啊)?[。.…]*$"
)
_OPTION = re.compile(r"(?<![^\s:：,，;；。])([1-9])[\s.、．)）]*([^\d\n]{2,40})")
_BARE_NUMBER = re.compile(
    r"^\W*(?:我?选|第|是|option|number|no)?\W*([1-9一二三四五六七八九])\W*(?:个|项|号|条)?(?:吧|了|啊)?\W*$",
    re.IGNORECASE,
)
_NUMERALS = {numeral: str(number) for number, numeral in enumerate("一二三四五六七八九", 1)}
_NOT_THEN = re.compile(
    r"(?:不是|不会是|不会|不在|没打算|没有打算|没想|not|isnt|wont be) ?(?:在|是|for )?"
    r"(?:今晚|今天|现在|马上|明天|这两天|tonight|today|now|tomorrow)",
    re.IGNORECASE,
)
_TODAY = re.compile(
    r"今天|今晚|现在|马上|这两天|明天|后天|两三天|24|72|today|tonight|now|tomorrow|next two days", re.IGNORECASE
)
_SOON_ALONE = re.compile(
    r"^(?:就|就在|可能|应该)?(?:今晚|今天晚上|今夜|马上|等下|等会儿?|待会儿?|明天|明早|明晚|后天|这两天|"
    r"tonight|tomorrow|soon|in a bit|later today)(?:吧|了|就)?[。.!！]*$"
)
"""A time and nothing else, where a wish to die was asked about: the answer to a question not yet asked."""
_MEANS_NAMED = ("method", "method_verb", "means", "medicine", "edge", "blade", "poison")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer stands for: the level, and the rule that says so."""

    level: Level
    rule: str


def read_answer(text: str, signals: frozenset[str], question: str, history: TriageHistory) -> Answer | None:
    """Return what a message means as the answer to the service's last question, if it was one."""
    picked = _BARE_NUMBER.match(unicodedata.normalize("NFKC", text))
    if picked is not None:
        return _picked_option(_NUMERALS.get(picked.group(1), picked.group(1)), question)
    plain = text.strip().lower()
    if history.level >= Level.L2 or _WISH.search(question) is not None:
        found = _about_time(plain, signals, question, history) or _about_means(plain, signals, question)
        if found is not None:
            return found
    if _WISH.search(question) and _YES.match(plain):
        return Answer(Level.L2, "answer.wish_yes")
    if _SAFE.search(question) and history.level >= Level.L2 and _UNSAFE.match(plain):
        return Answer(Level.L3, "answer.not_safe")
    return None


def _about_time(plain: str, signals: frozenset[str], question: str, history: TriageHistory) -> Answer | None:
    if _WHEN.search(question) and "time_none" not in signals:
        if signals & {"time_soon", "time_now"} and not _NOT_THEN.search(plain):
            return Answer(Level.L4, "answer.when_soon")
        if "time_later" in signals:
            return Answer(Level.L3, "answer.when_later")
    if _WISH.search(question) and history.level >= Level.L2 and _SOON_ALONE.match(plain):
        return Answer(Level.L4, "answer.time_alone")
    return None


def _about_means(plain: str, signals: frozenset[str], question: str) -> Answer | None:
    if not (_HOW.search(question) or _MEANS.search(question)) or "says_no" in signals:
        return None
    if signals.intersection(_MEANS_NAMED):
        return Answer(Level.L3, "answer.means")
    return Answer(Level.L3, "answer.means_yes") if _YES.match(plain) else None


def _picked_option(number: str, question: str) -> Answer | None:
    options = dict(_OPTION.findall(unicodedata.normalize("NFKC", question)))
    chosen = options.get(number, "")
    if not chosen:
        return None
    if _TODAY.search(chosen) and not re.search(r"没|不|no|not", chosen):
        return Answer(Level.L4, "answer.option_soon")
    if re.search(r"办法|方法|计划|准备|plan|method|prepar", chosen) and not chosen.startswith(("没", "no")):
        return Answer(Level.L3, "answer.option_plan")
    if re.search(r"念头|想法|想过|想死|thought|wish", chosen) and not chosen.startswith(("没", "no")):
        return Answer(Level.L2, "answer.option_wish")
    return None
