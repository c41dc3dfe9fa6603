"""The self-help bot: menu, flows, questionnaires, places, small talk; L0 to L2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.cases import CaseStatus
from core.language import Language
from core.messages import Author, Button, Reply
from core.risk import Level
from core.routing import Route

from . import flow_runner, forms
from .asides import ABOUT_BOT, WHO_COMES
from .content import Content
from .facts import Facts
from .flows import Flow
from .moves import Move, MoveKind
from .places import say_number, say_places
from .progress import changed_profile
from .results import HelpfulVote
from .spoken import Spoken
from .telling import Teller, outside_buttons

_FORM_MOVES = frozenset(
    {
        MoveKind.ASSESSMENT_ANSWER,
        MoveKind.ASSESSMENT_BACK,
        MoveKind.ASSESSMENT_RESUME,
        MoveKind.ASSESSMENT_LEAVE,
        MoveKind.ASSESSMENT_UNCLEAR,
    }
)
_ACTIONS = {
    MoveKind.HUMAN: "human",
    MoveKind.MENU: "menu",
    MoveKind.START: "menu",
    MoveKind.FLOW_START: "flow:{value}",
    MoveKind.ASSESSMENT_START: "assessment:{value}",
    MoveKind.DIRECTORY: "directory:{value}",
}
FLOW_STEPS = {("topic_grief", "low_mood"): "loss"}
"""Where a flow begins for an intent that one of its steps is about."""
CHECKIN = "checkin"
TOPICS_ON_MENU = 8


def speak_as_bot(facts: Facts, move: Move, route: Route | None, content: Content) -> Spoken:
    """Return the bot's answer to a move; an edit that raises nothing gets none."""
    if move.kind is MoveKind.EDIT and not facts.raised:
        return Spoken((), facts.state)
    return _Bot(facts, move, route, content).speak()


class _Bot:
    def __init__(self, facts: Facts, move: Move, route: Route | None, content: Content) -> None:
        language = Language(move.value) if move.kind is MoveKind.LANGUAGE and move.value else facts.language
        self.profile = changed_profile(facts.profile, move)
        self.facts = replace(facts, profile=self.profile) if self.profile is not None else facts
        self.move = move
        self.route = route
        self.content = content
        self.teller = Teller(self.facts, content, Author.BOT, language)
        self.language = language if language is not facts.language else None

    def speak(self) -> Spoken:
        spoken = self._by_move()
        return replace(spoken, profile=self.profile or spoken.profile, language=self.language or spoken.language)

    def _by_move(self) -> Spoken:
        move = self.move
        if self._needs_checkin():
            return self._check_in()
        if move.kind in _FORM_MOVES:
            return forms.continue_form(self.facts, move, self.content, self.teller)
        if move.kind is MoveKind.DIRECTORY and move.value == "number":
            return Spoken(say_number(move.detail, self.teller), self._settled().state)
        action = _ACTIONS.get(move.kind)
        if action is not None:
            return self._act(action.format(value=move.value))
        ways: dict[MoveKind, Callable[[], Spoken]] = {
            MoveKind.HELP: lambda: self._just("reply.help", self._ways()),
            MoveKind.LANGUAGE: self._language,
            MoveKind.CONSENT: self._consent,
            MoveKind.FLOW_CHOICE: self._choose,
            MoveKind.FLOW_BACK: self._back,
            MoveKind.FLOW_LEAVE: lambda: flow_runner.leave_flow(self.facts, self.teller),
            MoveKind.CHECKIN: self._after_checkin,
            MoveKind.PROFILE: self._place,
            MoveKind.HELPFUL: self._helpful,
            MoveKind.MEDIA: lambda: self._just(f"media.{move.value}", (self.teller.button("human"),)),
            MoveKind.UNSUPPORTED: lambda: self._just("media.unsupported", (self.teller.button("human"),)),
            MoveKind.ASIDE: self._aside,
            MoveKind.FREE_TEXT: self._free_text,
            MoveKind.EDIT: self._free_text,
        }
        return ways.get(move.kind, self._stale)()

    def _choose(self) -> Spoken:
        led = flow_runner.choose(self.facts, self.move, self.content, self.teller)
        return self._act(led.action) if isinstance(led, flow_runner.Target) else led

    def _back(self) -> Spoken:
        return flow_runner.go_back(self.facts, self.content, self.teller) or self._act("menu")

    def _needs_checkin(self) -> bool:
        """Return whether these words call for the one gentle question of an episode."""
        words = self.move.kind in (MoveKind.FREE_TEXT, MoveKind.EDIT, MoveKind.ASSESSMENT_UNCLEAR)
        return words and self.facts.triage.level >= Level.L1 and CHECKIN not in self.facts.state.guide.asked

    # Words of the citizen's own.

    def _free_text(self) -> Spoken:
        route = self.route
        if route is not None and route.sure:
            return self._act(route.action)
        again = flow_runner.say_again(self.facts, "flow.choose", self.content, self.teller)
        if again is not None:
            return again
        return self._unsure() if route is not None else Spoken(self._menu("menu.plain"), self._settled().state)

    def _aside(self) -> Spoken:
        """Say what was asked by the way; a form or a flow that is open stays where it is."""
        if self.move.value == ABOUT_BOT:
            return self._just(f"reply.{ABOUT_BOT}", self._ways())
        if self.move.value == WHO_COMES and self.facts.case_status is CaseStatus.WAITING:
            return Spoken(self._person(), self.facts.state)
        return self._free_text()

    def _check_in(self) -> Spoken:
        state = self.facts.state
        guide = replace(state.guide, asked=(*state.guide.asked, CHECKIN))
        if self.move.kind is MoveKind.ASSESSMENT_UNCLEAR:
            after = " resume"
        elif self.route is not None and self.route.sure:
            after = f" {self.route.action}"
        else:
            after = " again" if state.flow is not None else ""
        buttons = [self.teller.button(f"checkin_{option}", f"checkin:{option}") for option in ("yes", "no", "unsure")]
        said = self.teller.say("checkin.ask", (*buttons, self.teller.button("human")))
        return Spoken(said, replace(state, guide=guide, pending=f"{CHECKIN}{after}"))

    def _after_checkin(self) -> Spoken:
        """Thank for the answer and go on with what was asked before; an answer that means risk goes to the guide."""
        waiting = (self.facts.state.pending or "").split(" ")
        action = "".join(waiting[1:2]) if waiting[0] == CHECKIN else ""
        spoken = self._act(action or "menu")
        return replace(spoken, replies=(*self.teller.say("checkin.no"), *spoken.replies))

    def _unsure(self) -> Spoken:
        likely = self._likely()
        if not likely:
            return Spoken(self.teller.say("unsure.none", self._ways()), self.facts.state)
        buttons = [Button(flow.title, f"flow:{flow.slug}") for flow in likely]
        return Spoken(self.teller.say("unsure", (*buttons, self.teller.button("human"))), self.facts.state)

    def _likely(self) -> list[Flow]:
        """Return the flows for the three likeliest intents, the likeliest first."""
        ranking = self.route.ranking[:3] if self.route is not None else ()
        flows = self.content.of_language(self.teller.language)
        return [flow for intent in ranking for flow in flows if flow.topic == intent][:3]

    # Actions, in the router's words.

    def _act(self, action: str) -> Spoken:
        name, _, value = action.partition(":")
        ways: dict[str, Callable[[str], Spoken]] = {
            "flow": self._start_flow,
            "assessment": lambda name: forms.start_form(self.facts, name, self.content, self.teller),
            "directory": lambda kind: Spoken(say_places(kind, self.teller), self._settled().state),
            "human": lambda _: Spoken(self._person(), self._settled().state),
            "menu": lambda _: Spoken(self._menu("menu.start"), self._paused().state),
            "language": self._switch,
            "reply": self._reply,
            "topic_other": lambda _: self._no_article(),
            "resume": lambda _: self._resume(),
            "again": lambda _: self._again(),
        }
        way = ways.get(name)
        return way(value) if way is not None else self._just("reply.out_of_scope", self._ways())

    def _start_flow(self, slug: str) -> Spoken:
        step = FLOW_STEPS.get((self.route.intent, slug), "") if self.route is not None else ""
        return flow_runner.start_flow(self._paused(), slug, self.content, self.teller, step) or self._no_article()

    def _no_article(self) -> Spoken:
        """Say so, with the likeliest neighbours and a person."""
        near = [Button(flow.title, f"flow:{flow.slug}") for flow in self._likely()[:2]]
        return self._just("reply.topic_other", (*near, *self._ways()))

    def _reply(self, name: str) -> Spoken:
        if name == "language_switch":
            return self._just("language.ask", self._language_buttons())
        known = f"reply.{name}" in self.content.replies.of(self.teller.language).texts
        said = self.teller.say(f"reply.{name}" if known else "reply.out_of_scope", self._ways())
        return Spoken(said, self._settled().state)

    def _resume(self) -> Spoken:
        return forms.continue_form(self._settled(), Move(MoveKind.ASSESSMENT_RESUME), self.content, self.teller)

    def _again(self) -> Spoken:
        return flow_runner.say_current(self._settled(), self.content, self.teller) or self._act("menu")

    def _settled(self) -> Facts:
        """Return the facts without a small question that is no longer open."""
        return replace(self.facts, state=replace(self.facts.state, pending=None))

    def _paused(self) -> Facts:
        """Return the facts with an open questionnaire set aside, so that typed words are free again."""
        state = self._settled().state
        if state.assessment is not None:
            state = replace(state, assessment=replace(state.assessment, paused=True))
        return replace(self.facts, state=state)

    def _just(self, name: str, buttons: Sequence[Button] = ()) -> Spoken:
        return Spoken(self.teller.say(name, buttons), self.facts.state)

    def _ways(self) -> tuple[Button, ...]:
        return (self.teller.button("menu"), self.teller.button("human"))

    def _person(self) -> tuple[Reply, ...]:
        teller = self.teller
        page = teller.page_bubbles()
        if not page:
            return (*teller.say("person.none", (teller.button("human"),)), *teller.say("person.alone_now"))
        return (*page, *teller.say("person.meanwhile" if self.facts.person_called else "person.alone_now"))

    def _menu(self, head: str) -> tuple[Reply, ...]:
        """Return topics, four a bubble, then questionnaires, places and a person."""
        teller = self.teller
        topics = [Button(flow.title, f"flow:{flow.slug}") for flow in self.content.of_language(teller.language)][
            :TOPICS_ON_MENU
        ]
        said = [*teller.say(head, topics[:4])]
        if topics[4:]:
            said += teller.say("menu.more", topics[4:])
        tools = [
            Button(form.title.of(teller.language), f"assess:{form.id}") for form in self.content.assessments.values()
        ][:2]
        form = self.facts.state.assessment
        if form is not None and form.instrument in self.content.assessments:
            tools = [teller.button("resume")]
        said += teller.say("menu.tools", (*tools, teller.button("directory", "dir:hotline"), teller.button("human")))
        return tuple(said)

    # Small things.

    def _language(self) -> Spoken:
        if not self.move.value:
            return self._just("language.ask", self._language_buttons())
        return Spoken((*self.teller.say("language.set"), *self._menu("menu.start")), self._settled().state)

    def _language_buttons(self) -> tuple[Button, ...]:
        return tuple(self.teller.button(f"language_{one}", f"lang:{one}") for one in Language)

    def _switch(self, value: str) -> Spoken:
        if value not in list(Language):
            return self._just("language.other", self._ways())
        self.language = Language(value) if value != self.facts.language else None
        self.teller = Teller(self.facts, self.content, Author.BOT, Language(value))
        return Spoken((*self.teller.say("language.set"), *self._menu("menu.start")), self._settled().state)

    def _consent(self) -> Spoken:
        waiting = (self.facts.state.pending or "").split(":", 1)
        agreed = self.move.value == "yes"
        thanks = self.teller.say("consent.yes" if agreed else "consent.no")
        form = "".join(waiting[1:]).removeprefix("assess:") if waiting[0] == "consent" else ""
        if agreed and form:
            spoken = self._act(f"assessment:{form}")
            return replace(spoken, replies=(*thanks, *spoken.replies))
        if self.facts.state.flow is not None or self.facts.state.assessment is not None:
            return Spoken(thanks, self._settled().state)
        return Spoken((*thanks, *self._menu("menu.start")), self._settled().state)

    def _place(self) -> Spoken:
        if self.move.detail == "ask":
            return self._just("where.ask", outside_buttons(self.teller))
        return Spoken(self.teller.say("where.saved", self._ways()), self.facts.state)

    def _helpful(self) -> Spoken:
        slug, helped = self.move.value, self.move.detail == "yes"
        position = self.facts.state.flow
        version = position.version if position is not None and position.slug == slug else ""
        state = replace(self._settled().state, flow=None if version else position)
        said = self.teller.say("helpful.yes" if helped else "helpful.no", self._ways())
        return Spoken(said, state, helpful=HelpfulVote(slug, version, helped))

    def _stale(self) -> Spoken:
        if self.move.value == "form" and self.facts.state.assessment is not None:
            return forms.continue_form(self.facts, self.move, self.content, self.teller)
        again = flow_runner.say_again(self.facts, "flow.stale", self.content, self.teller)
        return again or Spoken((*self.teller.say("stale"), *self._menu("menu.start")), self._settled().state)
