"""Errors that say what was found, what was expected, and how to mend it.

One form everywhere: ``where: found X, expected Y. [Did you mean Z?] Fix: do this. (+N more)``. Each class
carries its facts as fields, for ``--json`` and for tests, and the exit code of the command line.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from cxlib import text

__all__ = [
    "CannotWriteError",
    "ConfigError",
    "CxError",
    "CxWarning",
    "DataError",
    "DataRefusedError",
    "LeakWarning",
    "LockedError",
    "MemoryLimitError",
    "MissingColumnError",
    "NotebookError",
    "UnknownNameError",
    "UsageError",
]


class CxWarning(UserWarning):
    """Something the caller can act on; data trouble is a caveat of the result, not a warning."""


class LeakWarning(CxWarning):
    """A column tells who leaves too well to have been known before.

    Parameters
    ----------
    columns : sequence of str
        Which ones, the most suspicious first.
    message : str
        The sentence.
    """

    def __init__(self, message: str, columns: Sequence[str] = ()) -> None:
        self.columns = tuple(columns)
        super().__init__(message)


class CxError(ValueError):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    where : str
        File with line and column, option, key or name that the fault was met at.
    found, expected, fix : str
        The three parts of the message; values already in quotes where they are quoted.
    hint : str
        A sentence between expectation and fix, such as ``Did you mean 'nps'?``.
    more : int
        How many further faults of the kind there are.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self, where: str, *, found: str, expected: str, fix: str, hint: str = "", more: int = 0
    ) -> None:
        self.where, self.found, self.expected, self.fix = where, found, expected, fix
        self.hint, self.more = hint, more
        super().__init__(self._line())

    def _line(self) -> str:
        hint = f" {self.hint}" if self.hint else ""
        more = f" (+{self.more} more)" if self.more else ""
        return f"{self.where}: found {self.found}, expected {self.expected}.{hint} Fix: {self.fix}.{more}"

    def to_dict(self) -> dict[str, object]:
        """The facts, for ``--json``."""
        keys = ("where", "found", "expected", "hint", "fix", "more")
        return {"error": type(self).__name__} | {k: getattr(self, k) for k in keys}

    def _render_traceback_(self) -> list[str]:  # what IPython shows instead of a traceback
        return [f"{type(self).__name__}: {line}" for line in str(self).splitlines()]


class UsageError(CxError):
    """A parameter or option has a value that it cannot have."""

    exit_code = 2


class ConfigError(CxError):
    """cxlib.toml says something that it cannot say."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name is not among the known ones; the near one is suggested.

    Parameters
    ----------
    where : str
        What was being named: an option, a parameter, a key.
    name : str
        What was given.
    known : iterable of str
        The names that would have been right.
    expected : str
        What kind of name was expected; empty lists the known ones.
    fix : str
        How to mend it; empty: use one of these names.
    """

    def __init__(
        self, where: str, name: str, known: Iterable[str], *, expected: str = "", fix: str = ""
    ) -> None:
        options = sorted(known)
        near = text.nearest(name, options)
        self.name, self.known, self.suggestion = name, options, near
        super().__init__(
            where,
            found=text.quote(name),
            expected=expected or f"one of {text.join_words(options, last='or')}",
            fix=fix or "use one of these names",
            hint=f"Did you mean {near!r}?" if near else "",
        )


class DataError(CxError):
    """A file or table cannot be used as it is."""


class MissingColumnError(DataError):
    """A metric needs a table or column that the data do not have."""


class MemoryLimitError(DataError):
    """A query that needs more memory than it may have."""


class DataRefusedError(CxError):
    """The data are refused; every fault found is listed, one line each.

    Parameters
    ----------
    faults : sequence of CxError
        At least one, in the order in which they were met.
    """

    def __init__(self, faults: Sequence[CxError]) -> None:
        first = faults[0]
        self.faults = tuple(faults)
        super().__init__(
            first.where,
            found=first.found,
            expected=first.expected,
            fix=first.fix,
            hint=first.hint,
            more=first.more,
        )

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def to_dict(self) -> dict[str, object]:
        """All faults, for ``--json``."""
        return {"error": type(self).__name__, "faults": [fault.to_dict() for fault in self.faults]}


class LockedError(CxError):
    """Another process is writing the same thing."""

    exit_code = 4


class CannotWriteError(CxError):
    """The output cannot be written."""

    exit_code = 5


class NotebookError(CxError):
    """A notebook did not run to its end; nothing was published."""

    exit_code = 6
