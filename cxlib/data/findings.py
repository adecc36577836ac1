"""What is wrong with the rows of a table: which row and column, what was found, expected, how to mend it.

A row is quarantined once, by the first check that it fails, so the quarantine has one line per bad row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cxlib.errors import CxError, DataError
from cxlib.personal import mask_personal
from cxlib.text import join_words, quote

__all__ = ["Finding", "Findings", "Lines", "Rows"]

Rows: TypeAlias = npt.NDArray[np.int64]
Lines: TypeAlias = Callable[[Rows], Rows]

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of one file that fail one check.

    Parameters
    ----------
    file : str
        Name of the file as the user knows it.
    unit : str
        What `lines` count: `line` of a text file, `row` of a Parquet file or frame.
    column : str
        Exported name of the column; empty for the whole row.
    lines : array of int
        Physical line of each row's start.
    values : sequence of str
        What was found, one per line.
    expected, fix : str
        Words for the message.
    each : sequence of str
        What was expected of each line, where that differs; empty: `expected`.
    """

    file: str
    unit: str
    column: str
    lines: Rows
    values: Sequence[str]
    expected: str
    fix: str
    each: Sequence[str] = ()

    def records(self, table: str) -> list[tuple[str, str, int, str, str, str, str]]:
        """Quarantine lines: table, file, line, column, value (masked), reason, fix."""
        return [
            (
                table,
                self.file,
                int(line),
                self.column,
                mask_personal(value)[:_LONGEST],
                f"expected {expected}",
                self.fix,
            )
            for line, value, expected in zip(
                self.lines, self.values, self.each or [self.expected] * len(self.values), strict=True
            )
        ]

    def error(self) -> CxError:
        """The finding as an error, for data that are refused."""
        return DataError(
            self._where(), found=self._found(), expected=self.expected, fix=self.fix, more=len(self.lines) - 1
        )

    def sentence(self) -> str:
        """The finding as a note, for rows in quarantine."""
        more = len(self.lines) - 1
        tail = f"(+{more} more; rows quarantined)" if more else "(row quarantined)"
        return f"{self._where()}: found {self._found()}, expected {self.expected}. Fix: {self.fix}. {tail}"

    def _where(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"{self.file} {self.unit} {self.lines[0]}{column}"

    def _found(self) -> str:
        value = self.values[0]
        if self.each and self.column:
            return quote(value)  # of one row a blank cell is told as it stands
        return quote(value) if self.column and value else (value or "nothing")


@dataclass(slots=True)
class Findings:
    """Gathers what is wrong with one file's rows.

    Parameters
    ----------
    file, unit : str
        As in `Finding`.
    lines : callable
        Row numbers, from 0, to physical lines.
    rows : int
        How many rows were read.
    table : str
        Canonical name of the table, known once the file is recognised.
    """

    file: str
    unit: str
    lines: Lines
    rows: int
    table: str = ""
    bad: npt.NDArray[np.bool_] = field(init=False)
    found: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: list[CxError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bad = np.zeros(self.rows, dtype=bool)

    def quarantine(
        self,
        rows: Rows,
        column: str,
        values: Iterable[object],
        *,
        expected: str | Sequence[str],
        fix: str,
    ) -> None:
        """Put rows aside that no earlier check has put aside.

        Parameters
        ----------
        rows : array of int
            Row numbers, from 0.
        column : str
            Exported name of the column; empty for the whole row.
        values : iterable
            What was found, one per row.
        expected : str or sequence of str
            Words for the message; several: one per row.
        fix : str
            Words for the message.
        """
        fresh = ~self.bad[rows]
        if not fresh.any():
            return
        texts = ["" if value is None else str(value) for value, new in zip(values, fresh, strict=True) if new]
        kept = rows[fresh]
        self.bad[kept] = True
        each = [] if isinstance(expected, str) else [expected[int(i)] for i in np.flatnonzero(fresh)]
        words = expected if isinstance(expected, str) else each[0]
        self.found.append(Finding(self.file, self.unit, column, self.lines(kept), texts, words, fix, each))

    def set_aside(self, lines: Rows, values: Sequence[str], *, expected: str, fix: str) -> None:
        """Quarantine records that could not become rows at all, by their lines."""
        if len(lines):
            self.found.append(Finding(self.file, self.unit, "", lines, values, expected, fix))

    def note(self, sentence: str) -> None:
        """Something accepted that the reader should know."""
        self.notes.append(f"{self.file}: {sentence}")

    def refuse(self, error: CxError) -> None:
        """Something that makes the file unusable; all refusals are raised together."""
        self.refusals.append(error)

    def place(self, row: int, column: str = "") -> str:
        """Where a row is, for messages."""
        line = int(self.lines(np.array([row], dtype=np.int64))[0])
        return f"{self.file} {self.unit} {line}" + (f", column {column}" if column else "")

    def line_words(self, rows: Rows) -> str:
        """Lines of some rows in words: `lines 3 and 9`."""
        numbers = [str(line) for line in self.lines(rows)]
        return f"{self.unit}{'s' if len(numbers) > 1 else ''} {join_words(numbers, most=5)}"
