"""The self-help bot: menu, flows, questionnaires, places, small talk; L0 to L2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.language import Language
from core.messages import Author, Button, Reply
from core.risk import Level
from core.routing import Route

from . import flow_runner, forms
from .content import Content
from .facts import Facts
from .guide import changed_profile
from .moves import Move, MoveKind
from .places import say_places
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
        state, teller, move = self.facts.state, self.teller, self.move
        if move.kind in _FORM_MOVES:
            return forms.continue_form(self.facts, move, self.content, teller)
        match move.kind:
            case MoveKind.HUMAN:
                return self._act("human")
            case MoveKind.MENU | MoveKind.START:
                return self._act("menu")
            case MoveKind.HELP:
                return self._just("reply.help", self._ways())
            case MoveKind.LANGUAGE:
                return self._language()
            case MoveKind.CONSENT:
                return self._consent()
            case MoveKind.FLOW_START:
                return self._act(f"flow:{move.value}")
            case MoveKind.FLOW_CHOICE:
                led = flow_runner.choose(self.facts, move, self.content, teller)
                return self._act(led.action) if isinstance(led, flow_runner.Target) else led
            case MoveKind.FLOW_BACK:
                return flow_runner.go_back(self.facts, self.content, teller) or self._act("menu")
            case MoveKind.FLOW_LEAVE:
                return flow_runner.leave_flow(self.facts, teller)
            case MoveKind.ASSESSMENT_START:
                return self._act(f"assessment:{move.value}")
            case MoveKind.CHECKIN:
                return self._after_checkin()
            case MoveKind.DIRECTORY:
                return self._act(f"directory:{move.value}")
            case MoveKind.PROFILE:
                return self._place()
            case MoveKind.HELPFUL:
                return self._helpful()
            case MoveKind.MEDIA:
                return self._just(f"media.{move.value}", (teller.button("human"),))
            case MoveKind.UNSUPPORTED:
                return self._just("media.unsupported", (teller.button("human"),))
            case MoveKind.STALE | MoveKind.GUIDE_ANSWER:
                return self._stale()
            case MoveKind.FREE_TEXT | MoveKind.EDIT:
                return self._free_text()
        return Spoken(self._menu("menu.start"), state)

    # Words of the citizen's own.

    def _free_text(self) -> Spoken:
        if self.facts.triage.level is Level.L1 and CHECKIN not in self.facts.state.guide.asked:
            return self._check_in()
        route = self.route
        if route is None:
            return flow_runner.say_again(self.facts, "flow.choose", self.content, self.teller) or Spoken(
                self._menu("menu.plain"), self._settled().state
            )
        if route.sure:
            return self._act(route.action)
        again = flow_runner.say_again(self.facts, "flow.choose", self.content, self.teller)
        return again or self._unsure(route)

    def _check_in(self) -> Spoken:
        state = self.facts.state
        guide = replace(state.guide, asked=(*state.guide.asked, CHECKIN))
        after = f" {self.route.action}" if self.route is not None and self.route.sure else ""
        buttons = [self.teller.button(f"checkin_{option}", f"checkin:{option}") for option in ("yes", "no", "unsure")]
        said = self.teller.say("checkin.ask", (*buttons, self.teller.button("human")))
        return Spoken(said, replace(state, guide=guide, pending=f"{CHECKIN}{after}"))

    def _after_checkin(self) -> Spoken:
        """Thank for the answer and go on with what was asked before; an answer that means risk goes to the guide."""
        waiting = (self.facts.state.pending or "").split(" ")
        action = waiting[1] if waiting[0] == CHECKIN and len(waiting) == 2 else "menu"
        spoken = self._act(action)
        return replace(spoken, replies=(*self.teller.say("checkin.no"), *spoken.replies))

    def _unsure(self, route: Route) -> Spoken:
        flows = self.content.of_language(self.teller.language)
        likely = [flow for intent in route.ranking[:3] for flow in flows if flow.topic == intent]
        if not likely:
            return Spoken(self.teller.say("unsure.none", self._ways()), self.facts.state)
        buttons = [Button(flow.title, f"flow:{flow.slug}") for flow in likely[:3]]
        return Spoken(self.teller.say("unsure", (*buttons, self.teller.button("human"))), self.facts.state)

    # Actions, in the router's words.

    def _act(self, action: str) -> Spoken:
        name, _, value = action.partition(":")
        state, teller = self._settled().state, self.teller
        match name:
            case "flow":
                return flow_runner.start_flow(self._paused(), value, self.content, teller) or self._just(
                    "reply.topic_other", self._ways()
                )
            case "assessment":
                return forms.start_form(self.facts, value, self.content, teller)
            case "directory":
                return Spoken(say_places(value, teller), state)
            case "human":
                return Spoken(self._person(), state)
            case "menu":
                return Spoken(self._menu("menu.start"), self._paused().state)
            case "language":
                return self._switch(value)
            case "reply" if f"reply.{value}" in self.content.replies.of(teller.language).texts:
                return Spoken(teller.say(f"reply.{value}", self._ways()), state)
            case "topic_other":
                return self._just("reply.topic_other", self._ways())
            case _:
                return self._just("reply.out_of_scope", self._ways())

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
            buttons = tuple(self.teller.button(f"language_{one}", f"lang:{one}") for one in Language)
            return self._just("language.ask", buttons)
        return Spoken((*self.teller.say("language.set"), *self._menu("menu.start")), self._settled().state)

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
        if agreed and waiting[0] == "consent" and len(waiting) == 2 and waiting[1].startswith("assess:"):
            spoken = self._act(f"assessment:{waiting[1].removeprefix('assess:')}")
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
