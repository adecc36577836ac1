"""Where the rows of a table went."""

from dataclasses import dataclass

from cxlib.text import format_count, plural

__all__ = ["TableCheck"]


@dataclass(frozen=True, slots=True)
class TableCheck:
    """Where the rows of one table went: ``rows_in = used + quarantined + duplicates + out_of_period``.

    Parameters
    ----------
    table : str
        Canonical name.
    files : tuple of str
        What it was read from.
    rows_in, used, quarantined, duplicates, out_of_period : int
        Counts of rows.
    notes : tuple of str
        What was accepted, changed or put aside, in sentences.
    """

    table: str
    files: tuple[str, ...]
    rows_in: int
    used: int
    quarantined: int
    duplicates: int
    out_of_period: int
    notes: tuple[str, ...] = ()

    @property
    def conservation(self) -> str:
        """The conservation law in numbers.

        Examples
        --------
        >>> TableCheck("tickets", ("tickets.csv",), 10, 7, 1, 2, 0).conservation
        'tickets: 10 rows in = 7 used + 1 quarantined + 2 duplicates + 0 out of period'
        """
        return (
            f"{self.table}: {plural(self.rows_in, 'row')} in = {format_count(self.used)} used"
            f" + {format_count(self.quarantined)} quarantined + {format_count(self.duplicates)} duplicates"
            f" + {format_count(self.out_of_period)} out of period"
        )
