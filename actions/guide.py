"""The guide: reviewed words of a crisis, from the first card until a person is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core.language import Language
from core.messages import Author, Button, Reply
from core.risk import Level, Subject

from .asides import ABOUT_BOT, HOW_TO_ASK, REGRET, STOP, is_lost
from .content import Content
from .facts import Facts
from .forms import record_answer
from .interpret import PLACE_QUESTIONS, words_of
from .moves import Move, MoveKind
from .places import say_number
from .plan import plan_lines
from .progress import changed_profile, stopped_mark, with_answer
from .replies import THIRD_SUICIDE, Question
from .results import AssessmentResult, HelpfulVote
from .spoken import Spoken
from .telling import Teller, outside_buttons
from .tracks import asks_method, choose_track, current_track, is_quiet

CARD_PAUSE = timedelta(minutes=10)
"""The same card is not said again within this time, unless it is asked for or the level rises."""

PLAN_TRACKS = frozenset({"suicide", "self_harm", "general", "perinatal", "psychosis", "eating_disorder", "economic"})
"""Where a safety plan is offered, below L4: one's own risk, nobody else's violence."""

_BELONGS_TO_QUESTION = frozenset(
    {
        MoveKind.FREE_TEXT,
        MoveKind.ASSESSMENT_UNCLEAR,
        MoveKind.ASSESSMENT_RESUME,
        MoveKind.MEDIA,
        MoveKind.UNSUPPORTED,
        MoveKind.ASIDE,
        MoveKind.PROFILE,
    }
)
_ITS_OWN_ASIDES = frozenset({HOW_TO_ASK, REGRET, STOP})
_MINORS = frozenset({"under14", "14to17"})
_AT_HOME_TRACKS = frozenset({"domestic_violence", "child_abuse"})


def guide_speaks(facts: Facts, move: Move) -> bool:
    """Return whether the guide answers, when no person owns the conversation."""
    if facts.level >= Level.L3:
        return True
    if facts.level < Level.L2:
        return False
    if facts.raised or max(facts.triage.level, move.risk.level) >= Level.L2:
        return True
    if move.kind is MoveKind.GUIDE_ANSWER or (move.kind is MoveKind.ASIDE and move.value in _ITS_OWN_ASIDES):
        return True
    # What is written while a safety question is open belongs to it, and a form paused for it waits; a button of the
    # menu goes its way. "Stop" ends the plan's questions.
    waiting = facts.state.guide.awaiting is not None
    return waiting and (move.kind in _BELONGS_TO_QUESTION or (move.kind, move.value) == (MoveKind.FLOW_LEAVE, "plan"))


def speak_as_guide(facts: Facts, move: Move, content: Content) -> Spoken:
    """Return the guide's answer; at L3 and L4 there always is one, but to an edit that raises nothing."""
    if move.kind is MoveKind.EDIT and not facts.raised:
        return Spoken((), facts.state)
    return _Guide(facts, move, content).speak()


class _Guide:
    """One answer of the guide; progress is collected while it is made."""

    def __init__(self, facts: Facts, move: Move, content: Content) -> None:
        language = Language(move.value) if move.kind is MoveKind.LANGUAGE and move.value else facts.language
        facts_before = facts.profile
        profile = changed_profile(facts_before, move)
        triage = facts.triage.joined(move.risk) if move.risk.level > facts.triage.level else facts.triage
        self.facts = facts = replace(facts, triage=triage, profile=profile or facts.profile)
        self.move = move
        self.content = content
        self.replies = content.replies
        self.teller = Teller(self.facts, content, Author.GUIDE, language)
        self.progress = facts.state.guide
        self.state = facts.state
        self.track = current_track(facts)
        self.results: tuple[AssessmentResult, ...] = ()
        self.profile = profile
        self.moved = profile is not None and profile.outside_mainland != facts_before.outside_mainland
        self.language = language if language is not facts.language else None
        self.helpful: HelpfulVote | None = None

    def speak(self) -> Spoken:
        self._record()
        card = self._card_due()
        said = self._open_with(card) if card is not None else self._answer()
        return self._done(said)

    def _done(self, said: tuple[Reply, ...]) -> Spoken:
        state = replace(self.state, guide=self.progress)
        return Spoken(said, state, self.results, self.profile, self.language, self.helpful)

    # What the message leaves behind, whatever is said.

    def _record(self) -> None:
        state, self.results = record_answer(self.facts, self.move, self.content)
        triage = self.facts.triage
        domains = state.domains + tuple(one for one in triage.domains if one not in state.domains)
        subject = triage.subject if triage.subject is not Subject.UNKNOWN else state.subject
        self.state = replace(state, domains=domains, subject=subject)
        self.progress = with_answer(self.progress, self.move, self.facts)
        if self.move.kind is MoveKind.HELPFUL:
            self.helpful = HelpfulVote(self.move.value, "", self.move.detail == "yes")
        if (self.move.kind, self.move.value) == (MoveKind.ASIDE, STOP):
            self.progress = replace(
                self.progress, asked=(*self.progress.asked, stopped_mark(self.facts)), awaiting=None
            )
            self.state = replace(self.state, flow=None)
        if self.state.pending is not None:
            self.state = replace(self.state, pending=None)

    # Cards.

    def _card_due(self) -> str | None:
        """Return the track whose card opens this answer: a raise, a first card, or another danger at this level."""
        fits = choose_track(self.facts)
        if self.facts.raised or not self.progress.cards:
            return fits
        new = (
            fits != self.track
            and self.facts.triage.level >= Level.L3
            and self._card_name(fits) not in self.progress.cards
        )
        return fits if new else None

    def _card_name(self, track: str) -> str:
        return f"card.{track}.{self.facts.level.name}"

    def _open_with(self, track: str) -> tuple[Reply, ...]:
        self.track = track
        level = max(self.facts.level, Level.L2)
        said = list(self._card(track, level))
        if (self.move.kind, self.move.value) == (MoveKind.ASIDE, ABOUT_BOT):
            said += self.teller.say("reply.about_bot")
        if level < Level.L4 and asks_method(self.facts.triage):
            said += self.teller.say("guide.method")
        if track.startswith("third_") and is_lost(self.facts.message.text, words_of(self.replies)):
            # Somebody who cannot be found is not asked after: the police look for them.
            self.progress = replace(self.progress, answers={**self.progress.answers, "other_where": "lost"})
            said[1:1] = self._reply_to("other_where", "lost")
        if (
            self.state.assessment is not None
            and self.move.kind is MoveKind.ASSESSMENT_ANSWER
            and self.state.assessment.paused
        ):
            said += self.teller.say("form.paused")
        if level >= Level.L3:
            if self.facts.profile.age_group in _MINORS and track not in _AT_HOME_TRACKS and level is Level.L3:
                said += self.teller.say("guide.minor")
            said += self.teller.page_bubbles()
        return (*said, *self._next_question())

    def _card(self, track: str, level: Level) -> tuple[Reply, ...]:
        name = f"card.{track}.{level.name}"
        texts = self.replies.of(self.teller.language).cards[track][level.name]
        first, *rest = self.teller.bubbles(texts, name)
        urgent = level >= Level.L3
        cards = (*self.progress.cards, name)[-24:]
        self.progress = replace(self.progress, cards=cards, card_at=self.facts.now)
        return (replace(first, pinned=urgent, unfenced=urgent and self.facts.raised), *rest)

    # Questions.

    def _next_question(self) -> tuple[Reply, ...]:
        level = max(self.facts.level, Level.L2)
        for name in () if self._stopped() else self.replies.tracks[self.track].questions(level):
            if name not in self.progress.asked and name not in self.progress.answers and not self._skipped(name):
                return self._ask(name)
        self.progress = replace(self.progress, awaiting=None)
        return ()

    def _stopped(self) -> bool:
        """Return whether no more questions are wanted; a higher level may ask once more, for the sake of rescue."""
        return stopped_mark(self.facts) in self.progress.asked

    def _skipped(self, name: str) -> bool:
        question: Question = self.replies.questions[name]
        return any(self.progress.answers.get(other) in options for other, options in question.skip_if.items())

    def _ask(self, name: str, *, again: bool = False) -> tuple[Reply, ...]:
        text = self.replies.of(self.teller.language).questions[name]
        buttons = tuple(Button(option.label, f"g:{name}:{key}") for key, option in text.options.items())
        asked = self.progress.asked if name in self.progress.asked else (*self.progress.asked, name)
        self.progress = replace(self.progress, asked=asked, awaiting=name)
        return self.teller.bubbles((text.ask[1 if again else 0],), f"ask.{name}", buttons)

    def _awaited_again(self) -> tuple[Reply, ...]:
        name = self.progress.awaiting
        return (
            self._ask(name, again=True)
            if name in self.replies.questions and name is not None
            else self._next_question()
        )

    # Answers.

    def _answer(self) -> tuple[Reply, ...]:
        ways: dict[MoveKind, Callable[[], tuple[Reply, ...]]] = {
            MoveKind.GUIDE_ANSWER: self._after_answer,
            MoveKind.HUMAN: self._after_call,
            MoveKind.DIRECTORY: self._numbers,
            MoveKind.LANGUAGE: self._language_set,
            MoveKind.PROFILE: self._after_place,
            MoveKind.ASIDE: self._after_aside,
            MoveKind.CONSENT: lambda: (*self.teller.say(f"consent.{self.move.value}"), *self._awaited_again()),
            MoveKind.MEDIA: self._after_medium,
            MoveKind.UNSUPPORTED: self._after_medium,
            MoveKind.FLOW_LEAVE: self._after_leave,
            MoveKind.FREE_TEXT: self._after_words,
            MoveKind.ASSESSMENT_UNCLEAR: self._after_words,
            MoveKind.EDIT: self._after_words,
            MoveKind.ASSESSMENT_ANSWER: self._form_waits,
            MoveKind.ASSESSMENT_RESUME: self._form_waits,
        }
        said = ways.get(self.move.kind, self._not_now)()
        # A place told in passing: the numbers said before are wrong there.
        return (*self._numbers_there(), *said) if self.moved and self.move.kind is not MoveKind.PROFILE else said

    def _after_call(self) -> tuple[Reply, ...]:
        meanwhile = "person.meanwhile" if self.facts.person_called else "person.alone_now"
        return (*self._state_or_offer(), *self.teller.say(meanwhile))

    def _after_aside(self) -> tuple[Reply, ...]:
        match self.move.value:
            case "about_bot":
                said = self.teller.say("reply.about_bot")
            case "how_to_ask":
                said = self.teller.say("guide.how_to_ask" if self.track == THIRD_SUICIDE else "guide.how_to_help")
            case "regret":
                said = self.teller.say("guide.regret")
            case "stop":
                return self.teller.say("guide.stopped", self._ways_on())
            case _:
                return self._after_call()
        return (*said, *self._awaited_again())

    def _numbers(self) -> tuple[Reply, ...]:
        if self.move.value == "number":
            return (*say_number(self.move.detail, self.teller), *self._awaited_again())
        self.progress = replace(self.progress, card_at=self.facts.now)
        return (*self.teller.say("guide.numbers"), *self._awaited_again())

    def _language_set(self) -> tuple[Reply, ...]:
        if not self.move.value:
            return (*self.teller.say("language.ask", self._language_buttons()), *self._awaited_again())
        card = self._card(self.track, max(self.facts.level, Level.L2))
        return (*self.teller.say("language.set"), *card, *self._awaited_again())

    def _after_place(self) -> tuple[Reply, ...]:
        if self.move.detail == "ask":
            return self.teller.say("where.ask", outside_buttons(self.teller))
        return (*self._numbers_there(), *self._awaited_again())

    def _numbers_there(self) -> tuple[Reply, ...]:
        """Say the numbers of where the citizen is; from L3 up as the card, so that the pinned one is right."""
        if self.facts.level >= Level.L3:
            return self._card(self.track, self.facts.level)
        return self.teller.say("guide.moved")

    def _after_medium(self) -> tuple[Reply, ...]:
        return self.teller.say("guide.media_claimable" if self.facts.person_called else "guide.media")

    def _after_leave(self) -> tuple[Reply, ...]:
        if self.move.value != "plan":
            return self._not_now()
        self.progress = replace(self.progress, awaiting=None)
        return self.teller.say("plan.later", self._ways_on())

    def _form_waits(self) -> tuple[Reply, ...]:
        text = "form.first_answer" if self.facts.level is Level.L2 else "form.waits"
        return (*self.teller.say(text), *self._awaited_again())

    def _not_now(self) -> tuple[Reply, ...]:
        return (*self.teller.say("guide.not_now"), *(self._awaited_again() or self._stay()))

    def _state_or_offer(self) -> tuple[Reply, ...]:
        return self.teller.page_bubbles() or self.teller.say("guide.numbers")

    def _language_buttons(self) -> tuple[Button, ...]:
        return tuple(self.teller.button(f"language_{one}", f"lang:{one}") for one in Language)

    def _after_answer(self) -> tuple[Reply, ...]:
        name, option = self.move.value, self.move.detail
        said = self._reply_to(name, option) or self._vary("guide.heard")
        if name == "plan" or name in self.replies.plan:
            return (*said, *self._plan_goes_on(name, option))
        following = self._next_question()
        return (*said, *(following or self._questions_over()))

    def _reply_to(self, name: str, option: str) -> tuple[Reply, ...]:
        text = self.replies.of(self.teller.language).questions[name].options.get(option)
        return self.teller.bubbles((text.reply,), f"after.{name}.{option}") if text is not None else ()

    def _plan_goes_on(self, name: str, option: str) -> tuple[Reply, ...]:
        if (name, option) == ("plan", "no"):
            self.progress = replace(self.progress, awaiting=None)
            return self.teller.say("plan.later", self._ways_on())
        for step in self.replies.plan:
            if step not in self.progress.answers:
                return self._ask(step)
        self.progress = replace(self.progress, awaiting=None)
        written = plan_lines(self.progress.answers, self.replies.plan, self.teller, self._ways_on())
        return (*self.teller.say("plan.done"), *written) if written else self.teller.say("plan.later", self._ways_on())

    def _questions_over(self) -> tuple[Reply, ...]:
        """Say who is there, and offer what comes next: a person, a safety plan, the paused form."""
        said = self.teller.page_bubbles() or self.teller.say("guide.done_call")
        if self._denied():
            return (*said, *self.teller.say("guide.instead", self._ways_on()))
        if self.facts.level is Level.L2:
            said = (*self.teller.say("guide.done"), *said)
        offered = "plan" in self.progress.asked or self._stopped()
        if self.facts.level < Level.L4 and self.track in PLAN_TRACKS and not offered:
            return (*said, *self._ask("plan"))
        last = replace(said[-1], buttons=self._ways_on())
        return (*said[:-1], last)

    def _denied(self) -> bool:
        """Return whether the direct question was answered with no: then nothing is pressed on anybody."""
        return self.facts.level is Level.L2 and self.progress.answers.get("direct") == "no"

    def _ways_on(self) -> tuple[Button, ...]:
        buttons = [self.teller.button("human")]
        if self.facts.level is Level.L2:
            if self.state.assessment is not None and self.state.assessment.paused:
                buttons.append(self.teller.button("resume"))
            buttons.append(self.teller.button("menu"))
        else:
            buttons.append(self.teller.button("numbers", "dir:emergency"))
        return tuple(buttons)

    def _after_words(self) -> tuple[Reply, ...]:
        if asks_method(self.facts.triage):
            return (*self.teller.say("guide.method"), *(self._awaited_again() or self._stay()))
        awaiting = self.progress.awaiting
        if awaiting is not None and awaiting in self.replies.questions:
            marker = f"again.{awaiting}"
            heard = self._vary("guide.heard")
            if marker not in self.progress.said:
                self.progress = replace(self.progress, said=(*self.progress.said, marker)[-24:])
                return (*heard, *self._ask(awaiting, again=True))
            # Asked twice: these words are the answer, and nobody is questioned a third time.
            answers = dict(self.progress.answers)
            if awaiting not in PLACE_QUESTIONS:  # what could be a place was kept before; the rest sends nobody anywhere
                answers[awaiting] = self.facts.message.text[:500]
            self.progress = replace(self.progress, answers=answers, awaiting=None)
            if awaiting == "plan" or awaiting in self.replies.plan:
                return (*heard, *self._plan_goes_on(awaiting, ""))
            return (*heard, *(self._next_question() or self._questions_over()))
        return self._next_question_after_heard() or self._stay()

    def _next_question_after_heard(self) -> tuple[Reply, ...]:
        following = self._next_question()
        return (*self._vary("guide.heard"), *following) if following else ()

    def _stay(self) -> tuple[Reply, ...]:
        """Answer when all was asked: stay near, in other words each time, with the card again after ten minutes."""
        if is_quiet(self.facts, self.replies):
            return self._vary("guide.stay_quiet")
        said = self._vary("guide.near" if self._stopped() else "guide.stay", self._ways_on())
        if self._stopped() and self.facts.triage.level >= Level.L2:
            said = (*self._vary("guide.heard"), *said)
        if self.progress.card_at is None or self.facts.now - self.progress.card_at >= CARD_PAUSE:
            return (*self._card(self.track, max(self.facts.level, Level.L2)), *said)
        return said

    def _vary(self, name: str, buttons: tuple[Button, ...] = ()) -> tuple[Reply, ...]:
        reply, said = self.teller.vary(name, self.progress.said, buttons)
        self.progress = replace(self.progress, said=said)
        return (reply,)
