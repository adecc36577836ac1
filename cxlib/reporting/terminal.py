"""What each command prints for people, and the rows that it prints as JSON."""

from typing import TYPE_CHECKING, Any

from cxlib import text
from cxlib.errors import UnknownNameError
from cxlib.metrics.availability import list_metrics
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.dictionary import definition_facts
from cxlib.reporting.layout import lay_out, wrapped

if TYPE_CHECKING:
    from cxlib.changes.shifts import Shifts
    from cxlib.data.dataset import Dataset
    from cxlib.metrics.availability import MetricList
    from cxlib.metrics.frame import MetricFrame
    from cxlib.metrics.metric import Metric

__all__ = [
    "catalogue_rows",
    "catalogued",
    "check_rows",
    "checked",
    "measured",
    "measured_rows",
    "shifted",
]

Rows = list[dict[str, Any]]

_COUNTS = ("rows_in", "used", "quarantined", "duplicates", "out_of_period")


def check_rows(data: "Dataset", metrics: "MetricList") -> Rows:
    """A row a table with its conservation line, a row a quarantined row, a row a metric.

    Parameters
    ----------
    data : Dataset
        What was checked.
    metrics : MetricList
        What the data allow.
    """
    tables = [
        {"table": check.table, "files": list(check.files)}
        | {name: getattr(check, name) for name in _COUNTS}
        | {"notes": list(check.notes)}
        for check in data.checks.values()
    ]
    bad = data.quarantine.astype(object).where(data.quarantine.notna(), None)
    allowed = metrics.table[["metric", "available", "why_not"]]
    return [*tables, *bad.to_dict(orient="records"), *allowed.to_dict(orient="records")]


def checked(data: "Dataset", metrics: "MetricList") -> str:
    """The data as a page: conservation lines, faults, notes, and what they allow.

    Parameters
    ----------
    data : Dataset
        What was checked.
    metrics : MetricList
        What the data allow.
    """
    head = f"{data.source}, as of {data.as_of:%Y-%m-%d %H:%M} UTC, days in {data.zone}"
    counts = [
        [check.table, *(text.format_count(getattr(check, name)) for name in _COUNTS)]
        for check in data.checks.values()
    ]
    table = lay_out(["table", "rows in", "used", "quarantined", "duplicates", "out of period"], counts)
    parts = [head, "rows in = used + quarantined + duplicates + out of period", "", table]
    if len(data.quarantine):
        parts += ["", f"{text.plural(len(data.quarantine), 'row')} quarantined; --json lists them all."]
    notes = [f"{check.table}: {note}" for check in data.checks.values() for note in check.notes]
    parts += _section("Notes", [*notes, *(caveat.text for caveat in data.caveats)])
    parts += _section("Metrics", metrics.text.splitlines())
    return "\n".join(parts)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"{title}:", wrapped([f"- {line}" for line in lines], indent="  ")] if lines else []


def catalogue_rows(data: "Dataset | None", name: str = "") -> Rows:
    """The definitions, all or one, with what the data allow where data are given.

    Parameters
    ----------
    data : Dataset or None
        Adds `available` and `why_not`, and the settings' own metrics and variants.
    name : str
        Only this metric.

    Raises
    ------
    UnknownNameError
        If there is no such metric.
    """
    known = catalogue(data.settings if data is not None else None)
    if name and name not in known:
        raise UnknownNameError(
            "metrics",
            name,
            known,
            expected="a metric of the catalogue",
            fix="run `cxlib metrics` for the list",
        )
    rows = [_definition(metric) for metric in known.values() if name in {"", metric.name}]
    if data is None:
        return rows
    allowed = list_metrics(data).table.set_index("metric")
    return [
        row
        | {
            "available": bool(allowed.at[row["metric"], "available"]),
            "why_not": allowed.at[row["metric"], "why_not"],
        }
        for row in rows
    ]


def _definition(metric: "Metric") -> dict[str, Any]:
    """A metric as plain values: its words, its fields as declared, and its facts in words."""
    return {
        "metric": metric.name,
        "unit": metric.unit,
        "direction": metric.direction,
        "definition": metric.definition,
        "table": metric.table,
        "kind": metric.kind,
        "where": metric.where,
        "value": metric.value,
        "ended": metric.ended,
        "basis": metric.basis,
        "horizon_days": metric.horizon_days,
        "excluded": dict(metric.excluded),
        "variant": metric.variant,
        "min_n": metric.min_n,
        "definition_hash": metric.hash,
        "facts": definition_facts(metric),
    }


def catalogued(rows: Rows, name: str = "") -> str:
    """The catalogue as a table, or one definition field by field.

    Parameters
    ----------
    rows : list of dict
        What `catalogue_rows` returned.
    name : str
        The one metric that was asked for.
    """
    if name:
        row = rows[0]
        shown = {"metric": row["metric"], **row["facts"]}
        if "available" in row:
            shown["available"] = "yes, the data allow it" if row["available"] else f"no: {row['why_not']}"
        return wrapped([f"{key}: {value}" for key, value in shown.items()], indent="  ")
    cells = [[row["metric"], row["unit"], row["direction"]] for row in rows]
    head, *lines = lay_out(["metric", "unit", "better"], cells, left=3).splitlines()
    said = [wrapped([f"    {row['definition']}"], indent="    ") for row in rows]
    table = [head, *(part for pair in zip(lines, said, strict=True) for part in pair)]
    lacking = [row["why_not"] for row in rows if not row.get("available", True)]
    return "\n".join([*table, *_section("Not computed", lacking)])


def measured_rows(frame: "MetricFrame") -> Rows:
    """A MetricFrame as rows of plain values; missing numbers are None.

    Parameters
    ----------
    frame : MetricFrame
        What `measure` returned.
    """
    rows = frame.to_dict()["rows"]
    return [{"freq": frame.freq, "unit": frame.unit[row["metric"]]} | row for row in rows]


def measured(frame: "MetricFrame") -> str:
    """A MetricFrame as a table: period, segments, value with unit, 95 % interval, n, status.

    Parameters
    ----------
    frame : MetricFrame
        What `measure` returned.
    """
    by = list(frame.by)
    head = ["metric", "period", *by, "value", "95 % interval", "n", "status"]
    rows = [
        [
            row["metric"],
            row["period"],
            *(str(row[column]) for column in by),
            text.format_value(row["value"], frame.unit[row["metric"]]),
            text.format_interval(row["lower"], row["upper"], frame.unit[row["metric"]]),
            text.format_count(row["n"]),
            row["status"],
        ]
        for row in frame.table.to_dict(orient="records")
    ]
    notes = [f"{name}: {unit}" for name, unit in frame.unit.items() if len(unit.split()) > 2]
    notes += [caveat.text for caveat in frame.caveats]
    return "\n".join([lay_out(head, rows, left=2 + len(by), words=1), *_section("Notes", notes)])


def shifted(found: "Shifts") -> str:
    """Shifts as a page: how many, the strongest in words, the caveats.

    Parameters
    ----------
    found : Shifts
        What `find_shifts` returned.
    """
    said = wrapped(found.text.splitlines(), indent="  ")
    return "\n".join([said, *_section("Caveats", [caveat.text for caveat in found.caveats])])
