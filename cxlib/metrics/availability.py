"""Which metrics the data allow, and which column is missing for the others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from cxlib.data.derived import PARENTS, SOURCES
from cxlib.data.facts import NEEDS, PREPARED
from cxlib.data.schema import TABLES
from cxlib.errors import CxError, MissingColumnError, UnknownNameError
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.cells import count_cells
from cxlib.metrics.defined import exposure_kinds
from cxlib.metrics.gather import age_value, exposure_value, row_value
from cxlib.metrics.metric import Metric, columns_of
from cxlib.metrics.mixed import mixed_error
from cxlib.metrics.row_values import RowValue
from cxlib.metrics.unset import unset
from cxlib.result import Caveat, Result
from cxlib.text import join_words, plural, quote

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["MetricList", "list_metrics", "require", "why_not"]


# A spell ends with a solve: where nobody tells solves, every ticket would stay open.
_IMPLIED: Final[Mapping[str, set[str]]] = {"open_spells": {"is_resolved"}}


@dataclass(frozen=True, eq=False, repr=False)
class MetricList(Result):
    """The catalogue against some data.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a metric: `metric`, `definition`, `unit`, `direction`, `kind`, `data_table`, `basis`,
        `available` (bool) and `why_not` (str, empty where available).
    text : str
        How many metrics the data allow, and what the others lack.
    caveats : tuple of Caveat
        None.
    """

    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()


def list_metrics(data: "Dataset") -> MetricList:
    """The catalogue, with what the data allow and what the other metrics lack.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.

    Examples
    --------
    >>> import cxlib as cx
    >>> times = ["2020-02-01T09:00Z", "2020-02-02T09:00Z"]
    >>> tickets = pd.DataFrame({"ticket_id": ["1", "2"], "created_at": times})
    >>> metrics = cx.list_metrics(cx.load({"tickets": tickets}))
    >>> print(metrics.text.splitlines()[0].split(":")[0])
    The data allow 3 metrics of 91
    >>> print(metrics.table.set_index("metric").loc["nps", "why_not"])
    nps: found no table surveys, expected surveys in the data. Fix: add surveys.csv.
    """
    metrics = list(catalogue(data.settings).values())
    missing = [why_not(data, metric) or mixed_error(data, metric) for metric in metrics]
    table = pd.DataFrame(
        {
            "metric": [metric.name for metric in metrics],
            "definition": [metric.definition for metric in metrics],
            "unit": [metric.unit for metric in metrics],
            "direction": [metric.direction for metric in metrics],
            "kind": [metric.kind for metric in metrics],
            "data_table": [metric.table for metric in metrics],
            "basis": [metric.basis for metric in metrics],
            "available": [error is None for error in missing],
            "why_not": ["" if error is None else str(error) for error in missing],
        }
    )
    allowed = [metric.name for metric, error in zip(metrics, missing, strict=True) if error is None]
    lines = [
        f"The data allow {plural(len(allowed), 'metric')} of {len(metrics)}: {join_words(allowed, most=60)}."
    ]
    return MetricList(table, "\n".join([*lines, *(str(error) for error in missing if error is not None)]))


def require(data: "Dataset", metric: Metric) -> None:
    """Refuse a metric that the data do not allow.

    Raises
    ------
    MissingColumnError
        If a table or column is missing.
    UnknownNameError
        If an expression names a further column that the data lack.
    """
    error = why_not(data, metric)
    if error is not None:
        raise error


def why_not(data: "Dataset", metric: Metric) -> CxError | None:
    """The error that asking for the metric would raise, or None."""
    error = _lacking(data, metric.name, metric.table, row_value(metric))
    error = error or unset(data.settings, metric)
    if error is None and metric.is_nowcast:
        error = _lacking(data, metric.name, metric.table, age_value(metric))
    if error is None and metric.exposure is not None:
        error = _lacking(data, metric.name, metric.exposure.table, exposure_value(metric.exposure))
        error = error or _other_kinds(data, metric)
    return error


def _lacking(data: "Dataset", name: str, table: str, value: RowValue) -> CxError | None:
    """What a metric reads and the data do not have: a table, a column, what a prepared column is made of."""
    parts = [part for part in (value.value, value.where, value.ended, value.planned) if part is not None]
    needed = {value.basis}.union(*(part.needed for part in parts))
    error = _missing(data, name, table, needed)
    return error or _unknown(data, name, table, frozenset[str]().union(*(part.further for part in parts)))


def _missing(data: "Dataset", name: str, table: str, columns: set[str]) -> CxError | None:
    sources = [table] if table in TABLES else list(SOURCES[table])
    absent = [source for source in sources if not data.has(source)]
    if absent:
        words = join_words(absent)
        return MissingColumnError(
            name,
            found=f"no table {words}",
            expected=f"{words} in the data",
            fix=f"add {join_words([f'{source}.csv' for source in absent])}",
        )
    needed = columns | _IMPLIED.get(table, set())
    for owner in (table, PARENTS.get(table, "")):
        error = _missing_columns(data, name, owner, needed) if owner else None
        if error is not None:
            return error
    return None


def _missing_columns(data: "Dataset", name: str, table: str, columns: set[str]) -> CxError | None:
    """A declared or prepared column of one table that the data cannot give."""
    made = {*PREPARED.get(table, {})}
    raw = sorted(columns & set(TABLES[table].names) - made) if table in TABLES else []
    lacking = [column for column in raw if not data.has(table, column)]
    if lacking:
        words = join_words([f"{table}.{column}" for column in lacking])
        return MissingColumnError(
            name, found=f"no {words}", expected=f"{words} in the data", fix=f"add the column to {table}"
        )
    for column in sorted(columns & made):
        ways = NEEDS.get((table, column), ((table, ()),))
        if not any(data.has(source, *parts) for source, parts in ways):
            return _neither(name, ways)
    return None


def _neither(name: str, ways: tuple[tuple[str, tuple[str, ...]], ...]) -> CxError:
    words = [join_words([f"{table}.{part}" for part in parts]) if parts else table for table, parts in ways]
    first, parts = ways[0]
    return MissingColumnError(
        name,
        found=f"neither {join_words(words, last='nor')}" if len(words) > 1 else f"no {words[0]}",
        expected="one of them" if len(words) > 1 else "it in the data",
        fix=f"add {join_words(list(parts))} to {first}" if parts else f"add {first}.csv",
    )


def _unknown(data: "Dataset", name: str, table: str, further: frozenset[str]) -> CxError | None:
    """A further column that an expression names and the data lack."""
    lacking = sorted(column for column in further if not data.has(table, column))
    if not lacking:
        return None
    known = {*data.columns(table), *columns_of(table)} - {"as_of", "horizon"}
    holder = data.segments(table).get(lacking[0])
    return UnknownNameError(
        name,
        lacking[0],
        known,
        expected=f"a column of {table}",
        fix=f"cut by it instead, it is a column of {holder}"
        if holder
        else f"correct the expression, or add the column to {table}",
    )


def _other_kinds(data: "Dataset", metric: Metric) -> CxError | None:
    """An exposure over some kinds of rows, where the data have other kinds only."""
    kinds, exposure = exposure_kinds(metric), metric.exposure
    if not kinds or exposure is None:
        return None
    (cells,) = count_cells(data, exposure.table, [exposure_value(replace(exposure, where=""))], by=("kind",))
    found = sorted({cells.groups[group][0] for group in cells.group[cells.n > 0]})
    if not found or not kinds.isdisjoint(found):
        return None
    return MissingColumnError(
        f"{exposure.table}, column kind",
        found=join_words([quote(one) for one in found], most=5),
        expected=f"{join_words([quote(one) for one in sorted(kinds)], last='or')} for {metric.name}",
        fix=f'add the rows, or set exposure_kind = "{found[-1]}" in [metrics.{metric.name}]',
    )
