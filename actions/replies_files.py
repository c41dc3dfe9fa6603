"""Reads data/replies/ and refuses what is incomplete, unknown, too long or unkind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from core.errors import ContentError, ContentErrors
from core.language import Language
from core.risk import Level

from .directory import SCOPES
from .flows import MAX_PAYLOAD_BYTES
from .lint import BUBBLE, LABEL, LONG_BUBBLE, Forbidden, lint_text
from .replies import TRACKS, CrisisFile, LabelsFile, Pool, Replies, SafetyFile, TextsFile, Wording, WordsFile
from .templates import CLAUSES, FILES, LABELS, PIECES, SHARED_SLOTS, WORDS
from .yamlfile import Key, YamlFile, parse, read_yaml

CARD_LEVELS = ("L2", "L3", "L4")


def load_replies(folder: Path, forbidden: Forbidden) -> Replies:
    """Read data/replies/.

    Raises:
        ContentErrors: With every problem found.
    """
    errors: list[ContentError] = []
    safety_file = read_yaml(folder / "questions.yml")
    safety = parse(safety_file, SafetyFile)
    errors.extend(_lint_safety(safety_file, safety))
    wordings: dict[Language, Wording] = {}
    found: dict[str, dict[str, tuple[str, ...]]] = {"words": {}, "pieces": {}, "places": {}}
    for language in Language:
        try:
            wordings[language] = _load_wording(folder / language, language, forbidden, safety, errors)
            for kind, lists in _load_words(folder / language / "words.yml").items():
                for name, said in lists.items():
                    found[kind][name] = found[kind].get(name, ()) + said
        except ContentErrors as problems:
            errors.extend(problems.errors)
        except ContentError as problem:
            errors.append(problem)
    if errors:
        raise ContentErrors(errors)
    return Replies(
        wordings,
        found["words"],
        found["pieces"],
        found["places"],
        safety.questions,
        safety.checkin,
        safety.plan,
        safety.tracks,
    )


def _load_wording(
    folder: Path, language: Language, forbidden: Forbidden, safety: SafetyFile, errors: list[ContentError]
) -> Wording:
    texts: dict[str, tuple[str, ...] | Pool] = {}
    for name, slots in FILES.items():
        if name == "crisis":
            continue
        file = read_yaml(folder / f"{name}.yml")
        found = parse(file, TextsFile)
        errors.extend(_lint_texts(file, found.texts, slots, language, forbidden, crisis=name == "people"))
        texts.update(found.texts)
    file = read_yaml(folder / "crisis.yml")
    crisis = parse(file, CrisisFile)
    errors.extend(_lint_texts(file, crisis.texts, FILES["crisis"], language, forbidden, crisis=True))
    errors.extend(_lint_cards(file, crisis, language, forbidden))
    errors.extend(_lint_questions(file, crisis, safety, language, forbidden))
    errors.extend(_same_names(file, ("clauses",), crisis.clauses, frozenset(CLAUSES)))
    for name, clause in crisis.clauses.items():
        errors.extend(_lint_slots(file, ("clauses", name), clause, frozenset({"number"}), frozenset({"number"})))
    texts.update(crisis.texts)
    labels_file = read_yaml(folder / "labels.yml")
    labels = parse(labels_file, LabelsFile).labels
    errors.extend(_same_names(labels_file, ("labels",), labels, LABELS))
    for name, label in labels.items():
        if not name.startswith("language_"):
            errors.extend(
                _lint(labels_file, ("labels", name), label, language, forbidden, LABEL[language], crisis=True)
            )
    return Wording(texts, labels, crisis.cards, crisis.clauses, crisis.questions)


def _load_words(path: Path) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    file = read_yaml(path)
    read = parse(file, WordsFile)
    found: dict[str, Mapping[str, tuple[str, ...]]] = {
        "words": read.words,
        "pieces": read.pieces,
        "places": read.places,
    }
    wanted = {"words": WORDS, "pieces": PIECES, "places": frozenset(SCOPES)}
    problems = [one for kind, lists in found.items() for one in _same_names(file, (kind,), lists, wanted[kind])]
    if problems:
        raise ContentErrors(problems)
    return found


def _same_names(
    file: YamlFile, key: Key, found: Mapping[str, object], wanted: frozenset[str]
) -> Iterator[ContentError]:
    for name in sorted(wanted - set(found)):
        yield file.error(key, f"`{name}` is missing.", "Add it, in both languages.")
    for name in sorted(set(found) - wanted):
        yield file.error(
            (*key, name), f"`{name}` is not a name that the service uses.", "Correct its spelling, or remove it."
        )


def _lint_texts(
    file: YamlFile,
    texts: Mapping[str, tuple[str, ...] | Pool],
    slots: Mapping[str, frozenset[str]],
    language: Language,
    forbidden: Forbidden,
    *,
    crisis: bool,
) -> Iterator[ContentError]:
    yield from _same_names(file, ("texts",), texts, frozenset(slots))
    for name, text in texts.items():
        own = slots.get(name, frozenset())
        bubbles = text.any_of if isinstance(text, Pool) else text
        used = {slot for bubble in bubbles for slot in _slots(bubble)}
        for slot in sorted(own - used):
            yield file.error(
                ("texts", name), f"The slot {{{slot}}} is missing.", f"Say {{{slot}}} somewhere in `{name}`."
            )
        limit = LONG_BUBBLE[language] if name.startswith("intro.") else BUBBLE[language]
        for number, bubble in enumerate(bubbles):
            key: Key = ("texts", name, "any_of", number) if isinstance(text, Pool) else ("texts", name, number)
            yield from _lint_slots(file, key, bubble, own | SHARED_SLOTS, frozenset())
            yield from _lint(file, key, bubble, language, forbidden, limit, crisis=crisis)


def _lint_cards(file: YamlFile, crisis: CrisisFile, language: Language, forbidden: Forbidden) -> Iterator[ContentError]:
    yield from _same_names(file, ("cards",), crisis.cards, TRACKS)
    for track, levels in crisis.cards.items():
        yield from _same_names(file, ("cards", track), levels, frozenset(CARD_LEVELS))
        for level, bubbles in levels.items():
            if level == "L4" and len(bubbles) != 1:
                yield file.error(("cards", track, level), "An L4 card is one bubble.", "Say it in one.")
            if not any({"police", "medical", "line"} & set(_slots(bubble)) for bubble in bubbles):
                yield file.error(("cards", track, level), "No number is said.", "Say {police}, {medical} or {line}.")
            for number, bubble in enumerate(bubbles):
                key: Key = ("cards", track, level, number)
                yield from _lint_slots(file, key, bubble, SHARED_SLOTS, frozenset())
                yield from _lint(file, key, bubble, language, forbidden, LONG_BUBBLE[language], crisis=True)


def _lint_questions(
    file: YamlFile, crisis: CrisisFile, safety: SafetyFile, language: Language, forbidden: Forbidden
) -> Iterator[ContentError]:
    yield from _same_names(file, ("questions",), crisis.questions, frozenset(safety.questions))
    for name, text in crisis.questions.items():
        wanted = safety.questions.get(name)
        if wanted is None:
            continue
        yield from _same_names(file, ("questions", name, "options"), text.options, frozenset(wanted.options))
        says: list[tuple[Key, str]] = [(("questions", name, "ask", number), ask) for number, ask in enumerate(text.ask)]
        says += [(("questions", name, "options", option, "reply"), one.reply) for option, one in text.options.items()]
        for key, bubble in says:
            yield from _lint_slots(file, key, bubble, SHARED_SLOTS, frozenset())
            yield from _lint(file, key, bubble, language, forbidden, BUBBLE[language], crisis=True)
        for option, one in text.options.items():
            where: Key = ("questions", name, "options", option, "label")
            yield from _lint(file, where, one.label, language, forbidden, LABEL[language], crisis=True)


def _lint_safety(file: YamlFile, safety: SafetyFile) -> Iterator[ContentError]:
    yield from _same_names(file, ("tracks",), safety.tracks, TRACKS)
    for name in safety.plan:
        if name not in safety.questions:
            yield file.error(("plan",), f"`{name}` is not a question.", "Write a name from `questions`.")
    yield from _lint_tracks(file, safety)
    for name, question in safety.questions.items():
        for other, options in question.skip_if.items():
            if other not in safety.questions or set(options) - set(safety.questions[other].options):
                yield file.error(
                    ("questions", name, "skip_if"), f"`{other}` has no such answer.", "Name a question and its options."
                )
        if len(f"g:{name}:{max(question.options, key=len, default='')}".encode()) > MAX_PAYLOAD_BYTES:
            yield file.error(("questions", name), "The names are too long for a button.", "Shorten them.")


def _lint_tracks(file: YamlFile, safety: SafetyFile) -> Iterator[ContentError]:
    for track, one in safety.tracks.items():
        for level in (Level.L2, Level.L3, Level.L4):
            if not one.questions(level):
                yield file.error(("tracks", track, level.name), "No question is asked.", "Name at least one.")
            for name in one.questions(level):
                if name not in safety.questions:
                    yield file.error(
                        ("tracks", track, level.name), f"`{name}` is not a question.", "Write a name from `questions`."
                    )


def _lint(
    file: YamlFile, key: Key, text: str, language: Language, forbidden: Forbidden, limit: int, *, crisis: bool
) -> Iterator[ContentError]:
    for problem, remedy in lint_text(text, language, forbidden, limit=limit, crisis=crisis):
        yield file.error(key, problem, remedy)


def _lint_slots(
    file: YamlFile, key: Key, text: str, known: frozenset[str], needed: frozenset[str]
) -> Iterator[ContentError]:
    try:
        used = set(_slots(text))
    except ValueError:
        yield file.error(key, "A brace is not closed.", "Write slots as {name}.")
        return
    for slot in sorted(used - known):
        yield file.error(key, f"The slot {{{slot}}} is unknown here.", f"Known are {', '.join(sorted(known))}.")
    for slot in sorted(needed - used):
        yield file.error(key, f"The slot {{{slot}}} is missing.", f"Say {{{slot}}} somewhere.")


def _slots(text: str) -> Iterator[str]:
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(name)
            yield name
