"""Walks a citizen through a flow: the version is pinned, back and leave work at any step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.dialogue import DialogueState, FlowPosition
from core.messages import Button, Reply
from core.risk import Level

from .answers import pinned_flow
from .content import Content
from .facts import Facts
from .flows import Choice, Exercise, Flow, Step
from .lint import numbers_in
from .moves import Move
from .spoken import Spoken
from .telling import Teller

MOST_BUTTONS = 4
"""Under one bubble."""

HEAVY_FLOWS = frozenset({"helping_someone"})
HEAVY_STEPS = frozenset({("relationship", "afraid"), ("relationship", "plan_leave")})
"""After these nobody is asked whether it helped."""

TRAIL = 20
"""Steps that "back" remembers."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a choice leads outside the flow: an action in the router's words."""

    action: str


def start_flow(facts: Facts, slug: str, content: Content, teller: Teller, step: str = "") -> Spoken | None:
    """Begin a flow in its current version, at `step` when it has that one; None when there is no such flow."""
    flow = content.flow(slug, teller.language)
    if flow is None:
        return None
    first = flow.find_step(step) or flow.start
    position = FlowPosition(flow.slug, flow.version, first.id)
    state = replace(facts.state, flow=position, pending=None)
    return Spoken(say_step(flow, first, position, teller), state)


def choose(facts: Facts, move: Move, content: Content, teller: Teller) -> Spoken | Target:
    """Follow a choice: to the next step, or out of the flow."""
    slug = move.value
    name, _, number = move.detail.partition(":")
    state = facts.state
    position = state.flow if state.flow is not None and state.flow.slug == slug else None
    flow = pinned_flow(state, content, teller.language) if position is not None else content.flow(slug, teller.language)
    step = flow.find_step(name) if flow is not None else None
    if flow is None or step is None:
        return Spoken(
            teller.say("flow.gone", (teller.button("menu"), teller.button("human"))), replace(state, flow=None)
        )
    choice = step.choices[int(number)] if step.choices else None
    if choice is not None and choice.to is None:
        return Target(action_of(choice))
    target = flow.find_step(choice.to if choice is not None and choice.to is not None else step.next or "")
    if target is None:
        return Spoken(
            teller.say("flow.gone", (teller.button("menu"), teller.button("human"))), replace(state, flow=None)
        )
    position = position or FlowPosition(slug, flow.version, name)
    chosen = {**position.variables, step.id: choice.label} if choice is not None else position.variables
    moved = FlowPosition(slug, flow.version, target.id, chosen, (*position.trail, step.id)[-TRAIL:])
    pending = f"helpful:{slug}" if target.ends and not _heavy(flow, moved, facts) else None
    return Spoken(say_step(flow, target, moved, teller), replace(state, flow=moved, pending=pending))


def action_of(choice: Choice) -> str:
    """Return a choice's target outside the flow in the router's words."""
    if choice.assessment is not None:
        return f"assessment:{choice.assessment}"
    if choice.flow is not None:
        return f"flow:{choice.flow}"
    if choice.directory is not None:
        return f"directory:{choice.directory}"
    return "human"


def go_back(facts: Facts, content: Content, teller: Teller) -> Spoken | None:
    """Say the step before this one again; None without a flow."""
    position = facts.state.flow
    flow = pinned_flow(facts.state, content, teller.language)
    if position is None or flow is None:
        return None
    before = position.trail[-1] if position.trail else position.step
    step = flow.find_step(before) or flow.start
    moved = replace(position, step=step.id, trail=position.trail[:-1])
    first = () if position.trail else teller.say("flow.first")
    return Spoken((*first, *say_step(flow, step, moved, teller)), replace(facts.state, flow=moved, pending=None))


def say_again(facts: Facts, text: str, content: Content, teller: Teller) -> Spoken | None:
    """Say `text` and offer the current step's choices again; None without a flow that goes on."""
    position = facts.state.flow
    flow = pinned_flow(facts.state, content, teller.language)
    step = flow.find_step(position.step) if flow is not None and position is not None else None
    if position is None or flow is None or step is None or step.ends:
        return None
    return Spoken(teller.say(text, _buttons(flow, step, position, teller)), facts.state)


def say_current(facts: Facts, content: Content, teller: Teller) -> Spoken | None:
    """Say the current step once more; None without a flow."""
    position = facts.state.flow
    flow = pinned_flow(facts.state, content, teller.language)
    step = flow.find_step(position.step) if flow is not None and position is not None else None
    if position is None or flow is None or step is None:
        return None
    return Spoken(say_step(flow, step, position, teller), facts.state)


def say_step(flow: Flow, step: Step, position: FlowPosition, teller: Teller) -> tuple[Reply, ...]:
    """Return a step's bubbles, its exercise, and what can be chosen on the last one."""
    name = f"flow.{flow.slug}.{step.id}"
    facts = teller.facts
    directory = teller.content.directory
    said = [
        Reply(teller.author, directory.say_hours(text, facts.now, teller.language), name, level=facts.level)
        for text in step.say
    ]
    if facts.scope != "mainland" and any(numbers_in(text) for text in step.say):
        said += teller.say("flow.elsewhere")
    if step.exercise is not None:
        said += _exercise(step.exercise, teller)
    if step.ends and _heavy(flow, position, facts):
        said[-1] = replace(said[-1], buttons=(teller.button("human"), teller.button("menu")))
        return tuple(said)
    if step.ends:
        yes, no = (teller.button(f"helpful_{word}", f"helpful:{flow.slug}:{word}") for word in ("yes", "no"))
        said += teller.say("flow.helpful", (yes, no, teller.button("human"), teller.button("menu")))
        return tuple(said)
    said[-1] = replace(said[-1], buttons=_buttons(flow, step, position, teller))
    return tuple(said)


def _heavy(flow: Flow, position: FlowPosition, facts: Facts) -> bool:
    """Return whether the way led through something too heavy to ask for a vote."""
    trail = {(flow.slug, name) for name in position.trail}
    return facts.level >= Level.L2 or flow.slug in HEAVY_FLOWS or bool(trail & HEAVY_STEPS)


def _buttons(flow: Flow, step: Step, position: FlowPosition, teller: Teller) -> tuple[Button, ...]:
    head = f"step:{flow.slug}:{step.id}"
    if step.next is not None:
        buttons = [Button(teller.label("next"), f"{head}:0")]
    else:
        buttons = [Button(choice.label, f"{head}:{number}") for number, choice in enumerate(step.choices)]
    if position.trail and len(buttons) < MOST_BUTTONS:
        buttons.append(teller.button("back"))
    return tuple(buttons)


def _exercise(exercise: Exercise, teller: Teller) -> tuple[Reply, ...]:
    if exercise.kind == "grounding_54321":
        return _shown(teller.say("exercise.grounding_54321"), {"kind": exercise.kind})
    name = "exercise.breathing_hold" if exercise.hold_s else "exercise.breathing"
    counts = {
        "inhale": exercise.inhale_s,
        "hold": exercise.hold_s,
        "exhale": exercise.exhale_s,
        "rounds": exercise.rounds,
    }
    return _shown(teller.say(name, slots=counts), {"kind": exercise.kind, **_seconds(exercise)})


def _seconds(exercise: Exercise) -> dict[str, object]:
    return {name: getattr(exercise, name) for name in ("inhale_s", "hold_s", "exhale_s", "rounds")}


def _shown(said: tuple[Reply, ...], exercise: dict[str, object]) -> tuple[Reply, ...]:
    """Return the bubbles with what the page may animate; the words say the same, and choices stand below."""
    return (*said[:-1], replace(said[-1], exercise=exercise))


def leave_flow(facts: Facts, teller: Teller) -> Spoken:
    """Stop where the citizen is."""
    state: DialogueState = replace(facts.state, flow=None, pending=None)
    return Spoken(teller.say("flow.left", (teller.button("menu"), teller.button("human"))), state)
