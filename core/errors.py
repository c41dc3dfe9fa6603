"""The one root of Xinqiao's errors; words for users come from the translations, at the edge."""

from __future__ import annotations

from pathlib import Path


class XinqiaoError(Exception):
    """Something went wrong that Xinqiao knows by name.

    Attributes:
        code: A stable snake_case word that the edge (HTTP, command line) shows and translates.
        data: Facts for the message; never a citizen's words or identity.
    """

    code = "error"

    def __init__(self, message: str = "", **data: object) -> None:
        """Keep the sentence for the log and the facts for the edge."""
        super().__init__(message or (self.__doc__ or self.code).splitlines()[0])
        self.data = data


class NotFoundError(XinqiaoError):
    """There is no such thing here."""

    code = "not_found"


class InvalidError(XinqiaoError):
    """What was sent does not have the right form."""

    code = "invalid"


class ConflictError(XinqiaoError):
    """Somebody else changed this first."""

    code = "conflict"


class DeniedError(XinqiaoError):
    """This account may not do that."""

    code = "denied"


class UnauthenticatedError(XinqiaoError):
    """Nobody is signed in."""

    code = "unauthenticated"


class LimitedError(XinqiaoError):
    """Too often; `retry_after_s` says when it may be tried again."""

    code = "limited"


class UnavailableError(XinqiaoError):
    """A part that this needs does not answer now."""

    code = "unavailable"


class SettingsError(XinqiaoError):
    """A setting is missing or wrong."""

    code = "settings"


class ContentError(XinqiaoError):
    """A file in data/ cannot be used.

    Args:
        path: The file.
        line: 1-based line, or None when the whole file is meant.
        problem: What is wrong, one sentence.
        remedy: What would be right, one sentence.
    """

    code = "content"

    def __init__(self, path: Path | str, line: int | None, problem: str, remedy: str) -> None:
        """Keep the four parts; `str()` joins them as `file:line: problem Remedy.`."""
        self.path = Path(path)
        self.line = line
        self.problem = problem
        self.remedy = remedy
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {problem} {remedy}")


class ContentErrors(XinqiaoError):  # noqa: N818 - several errors in one
    """Several files in data/ cannot be used; all of them are named at once."""

    code = "content"

    def __init__(self, errors: list[ContentError]) -> None:
        """Keep every error, in the order of the files."""
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))
