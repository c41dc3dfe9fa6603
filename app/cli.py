"""The command line: `xinqiao run`, and the commands with which the project measures itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from core.errors import ContentError, ContentErrors, XinqiaoError
from core.logs import configure_logs
from core.settings import Settings, load_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
errors = Console(stderr=True, highlight=False, soft_wrap=True)
FAILED = 1


def main() -> None:
    """Run the command line; errors that we know are one clear line."""
    try:
        cli()
    except (ContentError, ContentErrors) as error:
        fail(str(error))
    except XinqiaoError as error:
        fail(f"{error.code}: {error}")


def fail(message: str, status: int = FAILED) -> NoReturn:
    """Say what is wrong and end."""
    errors.print(message, markup=False)
    raise SystemExit(status)


def run_async(work: Coroutine[None, None, int]) -> NoReturn:
    """Run a command's coroutine and end with its status."""
    try:
        raise SystemExit(asyncio.run(work))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


@cli.command()
def run(
    *,
    demo: Annotated[bool, typer.Option(help="Add two demo counsellors on duty and waiting conversations.")] = False,
    nlu: Annotated[bool, typer.Option(help="Start the NLU worker beside the app.")] = True,
) -> None:
    """Start the service: web, bot and worker in one process, the NLU worker beside it."""
    from app.run import run_service  # noqa: PLC0415 - the other commands start faster without it

    settings = _settings()
    if demo:  # made-up people never share a database with real ones
        settings = settings.model_copy(update={"var": settings.var / "demo", "database": ""})
    configure_logs(settings.log_level, as_json=settings.log_json)
    run_async(run_service(settings, demo=demo, nlu=nlu))


@cli.command()
def triage(
    *,
    rules_only: Annotated[bool, typer.Option(help="Rules alone, without a learned second reader.")] = False,
    conversations: Annotated[bool, typer.Option(help="Read conversations instead of single messages.")] = False,
) -> None:
    """Read JSON lines `{"id", "text"}` and write level, domains, subject, evidence and language."""
    from app.lines import Lines  # noqa: PLC0415
    from nlu.reader.both import load_both  # noqa: PLC0415
    from nlu.triage import load_engine  # noqa: PLC0415
    from nlu.triage.lines import triage_conversation, triage_line  # noqa: PLC0415

    data = _settings().data
    engine = load_engine(data) if rules_only else load_both(data)
    answer = triage_conversation if conversations else triage_line
    raise SystemExit(Lines().answer(lambda value: answer(engine, value)))


@cli.command()
def route() -> None:
    """Read JSON lines `{"id", "text"}` and write intent, ranking, entities and action of the trained model."""
    from app.measure import route_lines  # noqa: PLC0415

    _quiet()
    run_async(route_lines(_settings()))


@cli.command()
def chat(
    *,
    jsonl: Annotated[bool, typer.Option(help='Read JSON lines {"conversation", "text"}.')] = False,
    nlu: Annotated[bool, typer.Option(help="Ask the trained model; without it, keyword routes.")] = True,
) -> None:
    """Talk to the service on a throw-away database."""
    from app.measure import chat_lines, chat_terminal  # noqa: PLC0415

    _quiet()
    run_async(chat_lines(_settings(), nlu=nlu) if jsonl else chat_terminal(_settings(), nlu=nlu))


@cli.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="The data folder; the settings' one when left out.")] = None,
) -> None:
    """Validate everything in data/ and name file, line and remedy of what is wrong."""
    from app.check import check_data  # noqa: PLC0415

    data = folder or _settings().data
    problems = check_data(data)
    for problem in problems:
        errors.print(str(problem), markup=False)
    if problems:
        fail(f"{len(problems)} problem(s) in {data}")
    print(f"{data}: all content can be used")


@cli.command()
def bench(
    turns: Annotated[int, typer.Option(help="Turns to run in each part.")] = 500,
    out: Annotated[Path, typer.Option(help="Where the distributions are written.")] = Path("build/bench.json"),
) -> None:
    """Measure start, turns and memory, with the disk's fsync rate beside them."""
    from app.bench import run_bench  # noqa: PLC0415

    _quiet()
    run_async(run_bench(_settings(), turns=turns, out=out))


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from app.measure import migrate_database  # noqa: PLC0415

    _quiet()
    run_async(migrate_database(_settings()))


def _settings() -> Settings:
    return load_settings()


def _quiet() -> None:
    configure_logs("ERROR")


if __name__ == "__main__":
    main()
