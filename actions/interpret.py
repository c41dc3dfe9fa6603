"""Turns a message into a move: what is in progress comes first, then commands, then free words."""

from __future__ import annotations

from dataclasses import replace

from core.dialogue import DialogueState
from core.language import Language
from core.messages import InboundMessage, MessageKind

from .answers import answer_move, checkin_move, choice_move, guide_move, pinned_flow
from .asides import STOP, find_aside
from .assessments import Assessment
from .content import Content
from .matching import Words
from .moves import Move, MoveKind
from .payloads import read_payload
from .replies import Replies
from .told import age_group_of, is_only_place, place_of

FREE = Move(MoveKind.FREE_TEXT, needs_route=True)
HUMAN = Move(MoveKind.HUMAN, wants_person=True)
PLACE_QUESTIONS = ("where", "other_place")
"""Questions whose free words are kept as a place, so that rescuers may be told."""
_MEDIA = frozenset({MessageKind.STICKER, MessageKind.VOICE, MessageKind.PHOTO, MessageKind.LOCATION})
_COMMANDS = {"start": MoveKind.START, "menu": MoveKind.MENU, "help": MoveKind.HELP}


def interpret(message: InboundMessage, state: DialogueState, content: Content, language: Language) -> Move:
    """Return what `message` means in this dialogue; never raises, whatever was typed or pressed."""
    words = words_of(content.replies)
    match message.kind:
        case MessageKind.BUTTON:
            return read_payload(message.payload, state, content, language)
        case MessageKind.COMMAND:
            return _command(message, state, content, language)
        case MessageKind.TEXT:
            return _with_told(_typed(message.text, state, content, language, words), message.text, state, content)
        case MessageKind.EDIT:
            move = HUMAN if words.means("human", message.text) else Move(MoveKind.EDIT)
            return _with_told(move, message.text, state, content)
        case MessageKind.LOCATION if state.guide.awaiting in PLACE_QUESTIONS:
            return Move(MoveKind.GUIDE_ANSWER, state.guide.awaiting)
        case kind if kind in _MEDIA:
            return Move(MoveKind.MEDIA, kind.value)
        case _:
            return Move(MoveKind.UNSUPPORTED)


_CACHE: dict[int, tuple[Replies, Words]] = {}


def words_of(replies: Replies) -> Words:
    """Return the folded word lists of `replies`, made once."""
    cached = _CACHE.get(id(replies))
    if cached is None or cached[0] is not replies:
        _CACHE.clear()
        cached = _CACHE[id(replies)] = (replies, Words(replies.words, replies.pieces))
    return cached[1]


def _with_told(move: Move, text: str, state: DialogueState, content: Content) -> Move:
    """Return the move with the place and the age that the words tell of the citizen in passing."""
    places = content.replies.places
    place = place_of(text, places, asked=state.guide.awaiting == "where")
    age = age_group_of(text)
    if place and move.kind is MoveKind.FREE_TEXT and is_only_place(text, places):
        return Move(MoveKind.PROFILE, "where", place)
    return replace(move, place=place, age_group=age) if place or age else move


def _command(message: InboundMessage, state: DialogueState, content: Content, language: Language) -> Move:
    name, _, rest = message.payload.strip().partition(" ")
    if name == "human":
        return HUMAN
    if name == "language":
        wanted = rest.strip() or message.text.partition(" ")[2].strip()
        return Move(MoveKind.LANGUAGE, wanted if wanted in list(Language) else "")
    if name in _COMMANDS:
        return Move(_COMMANDS[name])
    return (
        read_payload(message.payload, state, content, language)
        if ":" in name or name in ("back", "leave", "resume")
        else Move(MoveKind.HELP)
    )


def _typed(text: str, state: DialogueState, content: Content, language: Language, words: Words) -> Move:
    found = _always(text, words) or find_aside(text, state, content, words)
    if found is not None:
        return found
    found = _guide_answer(text, state, content, language, words) or _checkin_answer(text, state, content, words)
    if found is not None:
        return found
    if state.assessment is not None:
        found = _form_answer(text, state, content, language, words)
        if found is not None:
            return found
    for name, kind in (("menu", MoveKind.MENU), ("help", MoveKind.HELP), ("start", MoveKind.START)):
        if words.means(name, text):
            return Move(kind)
    return _flow_answer(text, state, content, language, words) or _small_answer(text, state, words) or FREE


def _always(text: str, words: Words) -> Move | None:
    """Return what counts whatever is open: a person, numbers, a language."""
    if words.means("human", text):
        return HUMAN
    if words.means("numbers", text):
        return Move(MoveKind.DIRECTORY, "emergency")
    for name, spoken in (("lang_zh", Language.ZH), ("lang_en", Language.EN)):
        if words.means(name, text):
            return Move(MoveKind.LANGUAGE, spoken)
    return None


def _guide_answer(text: str, state: DialogueState, content: Content, language: Language, words: Words) -> Move | None:
    name = state.guide.awaiting
    question = content.replies.questions.get(name) if name is not None else None
    if name is None or question is None:
        return None
    options = list(question.options)
    for spoken in (language, *(other for other in Language if other is not language)):
        said = content.replies.of(spoken).questions[name].options
        position = words.option(text, [(said[option].label, said[option].words) for option in options])
        if position is not None:
            return guide_move(name, options[position], text, state, question)
    number = words.number(text)
    if number is not None and 1 <= number <= len(options) and not question.free:
        return guide_move(name, options[number - 1], text, state, question)
    if any(words.means(word, text) for word in ("menu", "help")):
        return None
    if words.means("leave", text):
        if name.startswith("plan"):
            return Move(MoveKind.FLOW_LEAVE, "plan")
        open_form = state.assessment is not None and not state.assessment.paused
        return Move(MoveKind.ASIDE, STOP) if words.means("quit", text) and not open_form else None
    if question.free and text.strip() and not (name in PLACE_QUESTIONS and words.is_no_place(text)):
        return Move(MoveKind.GUIDE_ANSWER, name)
    return None


def _checkin_answer(text: str, state: DialogueState, content: Content, words: Words) -> Move | None:
    if state.pending is None or state.pending.split(" ")[0] != "checkin":
        return None
    for option in ("yes", "no", "unsure"):
        if words.means(option, text):
            return checkin_move(option, text, state, content)
    return None


def _form_answer(text: str, state: DialogueState, content: Content, language: Language, words: Words) -> Move | None:
    progress = state.assessment
    form = content.assessments.get(progress.instrument) if progress is not None else None
    if progress is None or form is None:
        return None
    if progress.paused:
        return Move(MoveKind.ASSESSMENT_RESUME) if words.means("resume", text) else None
    value = typed_value(text, form, words)
    if value is not None:
        return answer_move(form, progress.answers, value, language)
    if words.means("leave", text):
        return Move(MoveKind.ASSESSMENT_LEAVE)
    if words.means("back", text):
        return Move(MoveKind.ASSESSMENT_BACK)
    if words.means("menu", text) or words.means("help", text) or words.means("start", text):
        return None
    return Move(MoveKind.ASSESSMENT_UNCLEAR)


def typed_value(text: str, form: Assessment, words: Words) -> int | None:
    """Return the option's value that was typed as a number, a label or other words for it."""
    number = words.number(text)
    if number is not None and form.find_option(number) is not None:
        return number
    options = [(label, option.words) for option in form.options for label in (option.label.zh, option.label.en)]
    position = words.option(text, options)
    return form.options[position // 2].value if position is not None else None


def _flow_answer(text: str, state: DialogueState, content: Content, language: Language, words: Words) -> Move | None:
    position = state.flow
    if position is None:
        return None
    found = pinned_flow(state, content, language)
    step = found.find_step(position.step) if found is not None else None
    if step is not None:
        number = words.number(text)
        choices = step.choices
        chosen = words.option(text, [(choice.label, ()) for choice in choices], contained=True)
        if chosen is None and number is not None and 1 <= number <= len(choices):
            chosen = number - 1
        if chosen is None and step.next is not None and words.means("next", text):
            chosen = 0
        if chosen is not None:
            return choice_move(position.slug, step, chosen)
    if words.means("back", text):
        return Move(MoveKind.FLOW_BACK)
    if words.means("leave", text):
        return Move(MoveKind.FLOW_LEAVE)
    return None


def _small_answer(text: str, state: DialogueState, words: Words) -> Move | None:
    asked, _, about = (state.pending or "").partition(":")
    for option in ("yes", "no"):
        if asked == "helpful" and words.means(option, text):
            return Move(MoveKind.HELPFUL, about, option)
        if words.means(f"consent_{option}", text) or (asked == "consent" and words.means(option, text)):
            return Move(MoveKind.CONSENT, option)
    return None


__all__ = ["Move", "MoveKind", "interpret"]
