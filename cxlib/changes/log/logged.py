"""What a new row must be like, what should be said of it, and the row once it is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from cxlib.changes.log.rows import COLUMNS, ENDS, LogRow, scope_pairs
from cxlib.errors import UsageError
from cxlib.result import Caveat, Result
from cxlib.text import nearest

__all__ = ["LoggedChange", "new_names", "next_id", "refuse_disorder"]

Cells = Mapping[str, str]

_NUMBERED: Final = re.compile(r"C-(\d+)")


@dataclass(frozen=True, eq=False, repr=False)
class LoggedChange(Result):
    """The row of the log that was written.

    Parameters
    ----------
    log : str
        Where it stands.
    row : mapping of str to str
        Its cells by canonical column.
    done : str
        added or amended.
    caveats : tuple of Caveat
        `new_component` and `new_scope`: names that the log did not hold before.
    """

    log: str
    row: Cells
    done: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def change_id(self) -> str:
        """Its id."""
        return self.row["change_id"]

    @property
    def table(self) -> pd.DataFrame:
        """The one row, under the canonical columns."""
        return pd.DataFrame([{name: self.row.get(name) or None for name in COLUMNS}])

    @property
    def text(self) -> str:
        """What was written, in a line, then a line for each note."""
        said = [f"{name} {self.row[name]}" for name in COLUMNS[3:] if self.row.get(name)]
        line = f"{self.change_id} {self.done} in {self.log}: {self.row.get('title', '')}"
        line += f" (released {self.row.get('released_at', '')}{''.join(f', {part}' for part in said)})."
        return "\n".join([line, *(caveat.text for caveat in self.caveats)])


def next_id(ids: Sequence[str]) -> str:
    """`C-` and the number after the highest, as wide as those there are.

    Parameters
    ----------
    ids : sequence of str
        Of the log.

    Examples
    --------
    >>> next_id([]), next_id(["R-7", "C-009"])
    ('C-1', 'C-010')
    """
    numbers = [found[1] for one in ids if (found := _NUMBERED.fullmatch(one))]
    width = max((len(number) for number in numbers if number.startswith("0")), default=0)
    return f"C-{str(max((int(number) for number in numbers), default=0) + 1).zfill(width)}"


def refuse_disorder(row: LogRow) -> None:
    """Refuse a change that ended before it began.

    Parameters
    ----------
    row : LogRow
        To be written.

    Raises
    ------
    UsageError
        If one of its ends lies before its release.
    """
    for name in ENDS:
        end = getattr(row, name)
        if end is not None and end < row.released_at:
            raise UsageError(
                name,
                found=row.cells()[name],
                expected=f"not before released_at {row.cells()['released_at']}",
                fix="correct one of the two",
            )


def new_names(logged: Sequence[Cells], row: LogRow) -> tuple[Caveat, ...]:
    """Notes on a component, a column or a value of a scope that the log did not hold before."""
    components = {one["component"] for one in logged if one.get("component")}
    notes = (
        [("new_component", "component", row.component, components - {"none"})]
        if row.component != "none"
        else []
    )
    seen = {pair for one in logged for pair in scope_pairs(one.get("scope", ""))}
    for column, value in scope_pairs(row.scope):
        columns = {name for name, _ in seen}
        if column not in columns:
            notes.append(("new_scope", "scope, column", column, columns))
        else:
            notes.append(("new_scope", f"scope, {column}", value, {v for name, v in seen if name == column}))
    return tuple(
        Caveat(code, f"{what} {name!r} is new in this log." + _near(name, known))
        for code, what, name, known in notes
        if known and name not in known
    )


def _near(name: str, known: set[str]) -> str:
    near = nearest(name, sorted(known))
    return f" Did you mean {near!r}? Then correct the row." if near else ""
