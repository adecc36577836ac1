"""How many of the running clocks of service levels will miss their target, by how long such clocks took."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.metrics.availability import require
from cxlib.metrics.cell_tables import Readable
from cxlib.metrics.cells import Cells, count_cells
from cxlib.metrics.exposure import columns_of
from cxlib.metrics.expression import Expression, parse_expression
from cxlib.metrics.row_values import RowValue
from cxlib.metrics.service import SLA_AT_RISK_SHARE
from cxlib.result import Caveat, Result
from cxlib.stats.curves import kaplan_meier, within
from cxlib.stats.histogram import DurationBins
from cxlib.stats.ordered import add_up
from cxlib.text import format_count, format_value, join_words

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["ExpectedBreaches", "expected_breaches"]

Floats = NDArray[np.float64]

_TARGET_US: Final = 3_600_000_000  # a whole target on the scale of the histogram, whatever it is in minutes
_LEAST: Final = 20
# Past its target a clock stays past it, whatever rounding does.
_CONSUMED: Final = "CASE WHEN consumed <= 1 THEN GREATEST(consumed, 0) ELSE GREATEST(consumed, 1.000001) END"


@dataclass(frozen=True, eq=False, repr=False)
class ExpectedBreaches(Result):
    """How many running clocks are expected to miss their target, by target.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a target of the settings that has clocks: `target_name`, `running` (clocks), `breached` (those
        of them past their target already), `expected` (breaches among all that run: the ones past it, and
        for each other one its probability), `unknown` (running clocks that no matured one ran as long as:
        they have no probability), `matured` (clocks whose deadline has passed, which the curve is made of),
        `status`: ``no_data`` (no matured clock: expected is NaN), ``low_n`` (fewer than 20), ``ok``.
    text : str
        The sums, and each target.
    caveats : tuple of Caveat
        Clocks without a probability.
    """

    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()


def expected_breaches(data: "Dataset") -> ExpectedBreaches:
    """The sum of P(breach | elapsed) over the service level clocks that run at `as_of`.

    Of clocks that have used up a share c of their target, S(1) / S(c) miss it, where S is the Kaplan–Meier
    curve of the share used up, of the clocks of the same target whose deadline has passed; those that stopped
    unfulfilled count as longer than that.

    Parameters
    ----------
    data : Dataset
        With a target in ``[targets]``.

    Raises
    ------
    MissingColumnError
        If the data lack what sla_at_risk_share needs.
    UsageError
        If no target is set.

    References
    ----------
    .. [1] Kaplan and Meier (1958), JASA 53, 457-481.

    Examples
    --------
    Half of those that were answered later than after a quarter of the hour missed it.

    >>> import cxlib as cx
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> tickets = pd.DataFrame({"ticket_id": ["a", "b", "c", "d"], "created_at": "2020-02-03T09:00Z"})
    >>> tickets["first_replied_at"] = [f"2020-02-03T{time}Z" for time in ("09:15", "09:15", "09:45", "12:00")]
    >>> tickets.loc[4] = ["waiting", "2020-02-04T09:00Z", None]
    >>> with TemporaryDirectory() as folder:
    ...     config = Path(folder, "cxlib.toml")
    ...     _ = config.write_text("targets.first_response_time.minutes = {default = 60}")
    ...     data = cx.load({"tickets": tickets}, as_of="2020-02-04T09:30Z", config=config)
    >>> cx.expected_breaches(data).table[["running", "breached", "expected", "matured"]]
       running  breached  expected  matured
    0        1         0       0.5        4
    """
    require(data, SLA_AT_RISK_SHARE)
    values = [
        _value("deadline_at < as_of", ended="fulfilled_at IS NOT NULL"),
        _value("is_running", ended="FALSE"),
    ]
    matured, running = count_cells(data, SLA_AT_RISK_SHARE.table, values, by=("target_name",))
    rows = [_row(name, _bins(matured, i), _bins(running, i)) for i, (name,) in enumerate(matured.groups)]
    columns = ["target_name", "running", "breached", "expected", "unknown", "matured", "status"]
    table = pd.DataFrame(rows, columns=columns)
    return ExpectedBreaches(table, _told(table), _caveats(table))


def _value(where: str, *, ended: str) -> RowValue:
    return RowValue(
        SLA_AT_RISK_SHARE.basis,
        _parsed(_CONSUMED),
        _parsed(where),
        ended=_parsed(ended),
        unit_us=_TARGET_US,
        edge_us=_TARGET_US,
    )


def _parsed(text: str) -> Expression:
    table = SLA_AT_RISK_SHARE.table
    return parse_expression(
        text, columns_of(table), where="expected_breaches", table=table, field="expected_breaches"
    )


def _bins(cells: Cells, group: int) -> DurationBins:
    """The clocks of one target by the share used up, all days together."""
    found = cast(Readable, cells.histogram).read()  # whatever has an end has one
    mine = np.flatnonzero(found.group == group)
    n, total, low, high = (
        np.asarray(part[mine], dtype=np.float64) for part in (found.n, found.total, found.low, found.high)
    )
    bins = np.asarray(found.bin[mine], dtype=np.int64)
    return add_up(DurationBins(np.zeros_like(bins), bins, found.ended[mine], n, total, low, high))


def _row(name: str, matured: DurationBins, running: DurationBins) -> tuple[object, ...]:
    """What one target says."""
    past = running.low > _TARGET_US
    breached, known = float(running.n[past].sum()), float(matured.n.sum())
    chance = _chances(matured, (running.total / np.maximum(running.n, 1.0))[~past])
    waiting = running.n[~past]
    unknown = np.isnan(chance)
    expected = breached + float((waiting * np.where(unknown, 0.0, chance)).sum())
    status = "no_data" if not known else "low_n" if known < _LEAST else "ok"
    return (
        name,
        int(running.n.sum()),
        int(breached),
        expected if known else np.nan,
        int(waiting[unknown].sum()),
        int(known),
        status,
    )


def _chances(matured: DurationBins, used: Floats) -> Floats:
    """S(1) / S(c) for shares used up; NaN where no matured clock ran so long."""
    if not len(matured.n) or not len(used):
        return np.full(len(used), np.nan)
    curve = kaplan_meier(matured, groups=1)
    missed = float(within(curve, np.array([float(_TARGET_US)])).surviving[0])
    left = np.array([within(curve, np.array([share])).surviving[0] for share in used], dtype=np.float64)
    found: Floats = np.divide(missed, left, out=np.full(len(used), np.nan), where=left > 0)
    return found


def _told(table: pd.DataFrame) -> str:
    if not len(table):
        return "No clock of a service level has been started."
    head = (
        f"Of {format_count(int(table['running'].sum()))} running clocks "
        f"{format_count(int(table['breached'].sum()))} are past their target already"
    )
    parts = [
        f"{name}: {format_value(expected, 'breaches')} of {format_count(count)}"
        for name, expected, count in table[["target_name", "expected", "running"]].itertuples(index=False)
        if np.isfinite(expected)
    ]
    return (
        f"{head}; expected in the end: {join_words(parts) if parts else 'not known, no clock has matured'}."
    )


def _caveats(table: pd.DataFrame) -> tuple[Caveat, ...]:
    count = int(table["unknown"].sum())
    if not count:
        return ()
    text = f"{format_count(count)} running clocks have no probability: no matured one ran as long."
    return (Caveat("no_probability", text),)
