"""Faults that only the data show: scopes of unknown segments, kinds never logged, shifts nobody explains."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from cxlib.changes.investigation import Investigation
from cxlib.changes.log.remarks import Remark, Reviewed, named
from cxlib.changes.log.rows import scope_pairs
from cxlib.data.dataset import Dataset
from cxlib.data.lookups import distinct_values, is_filled
from cxlib.text import format_day, join_words, metric_label, nearest, normalise_name, plural, quote

__all__ = ["bad_scope", "one_kind", "unexplained_day", "unlogged_shift"]

_FEW_DAYS: Final = 0.1  # a mail sent on so few of the days is a mailing of its own
_LEAST_DAYS: Final = 30
_FLAGS: Final = {"variant", "experiment", "flag", "flags", "treatment", "rollout"}


def bad_scope(log: Reviewed) -> Iterator[Remark]:
    """Scopes that name a column or a value that the data do not have."""
    holders = _segments(log.data)
    seen: dict[str, set[str]] = {}
    ids: dict[str, None] = {}
    faults: list[str] = []
    for row in log.rows:
        for column, value in scope_pairs(row.scope):
            fault = _fault_of(log.data, holders, seen, column, value)
            if fault:
                ids[row.change_id] = None
                faults.append(f"{row.change_id}: {fault}")
    if ids:
        yield Remark(
            "bad_scope",
            "red",
            tuple(ids),
            len(ids),
            "; ".join(faults[:3])
            + (f"; and {plural(len(faults) - 3, 'more fault')}" if len(faults) > 3 else ""),
            "where the change can have acted is not known",
            "write the column and the value as the data have them: plan=premium; region=uk",
        )


def _segments(data: Dataset) -> dict[str, tuple[str, str]]:
    """Segment columns by the name that they are compared under: their table, their name."""
    found: dict[str, tuple[str, str]] = {}
    for table in data.checks:
        if table != "changes":
            for name, holder in data.segments(table).items():
                found.setdefault(normalise_name(name), (holder, name))
    return found


def _fault_of(
    data: Dataset, holders: dict[str, tuple[str, str]], seen: dict[str, set[str]], column: str, value: str
) -> str:
    known = holders.get(normalise_name(column))
    if not value or known is None:
        near = nearest(column, holders)
        hint = f", did you mean {near!r}?" if near else ""
        return (
            f"{quote(column)} is no segment of the data{hint}"
            if value
            else f"{quote(column)} is not column=value"
        )
    table, name = known
    if name not in data.columns(table):  # prepared from others: its values are not stored
        return ""
    values = seen.setdefault(column, {one.casefold() for one in distinct_values(data, table, name)})
    if value.casefold() in values:
        return ""
    near = nearest(value, values)
    return f"{quote(value)} is no value of {name}" + (f", did you mean {near!r}?" if near else "")


def one_kind(log: Reviewed) -> Iterator[Remark]:
    """Kinds of change that the data show and the log never has."""
    if not log.rows:
        return
    kinds = {row.kind for row in log.rows}
    shown = {
        "outage": "the table outages" if _has_outages(log.data) else "",
        "campaign": _mailings(log.data),
        "flag": _variants(log.data),
    }
    missing = {kind: what for kind, what in shown.items() if what and kind not in kinds}
    if missing:
        said = join_words([f"{kind}s, which {what} show" for kind, what in missing.items()])
        yield Remark(
            "one_kind",
            "yellow",
            (),
            len(missing),
            f"never logged: {said}",
            "what is never logged is never named, and a release beside it gets the blame",
            f"log them with --kind {' or '.join(missing)}",
        )


def _has_outages(data: Dataset) -> bool:
    return data.has("outages") and is_filled(data, "outages", "started_at")


def _mailings(data: Dataset) -> str:
    """Mails that went out on few of the days."""
    if not data.has("emails", "template", "date"):
        return ""
    mails = data.frame("emails")
    days = mails["date"].nunique()
    sent = mails.drop_duplicates(["template", "date"])["template"].value_counts()
    rare = sorted(str(name) for name, count in sent.items() if 1 < count <= _FEW_DAYS * days)
    return f"the mailings {named(rare)} in emails" if rare and days >= _LEAST_DAYS else ""


def _variants(data: Dataset) -> str:
    """Segments of surveys that are named like those of an experiment."""
    names = [name for name in data.segments("surveys") if set(normalise_name(name).split("_")) & _FLAGS]
    return f"the columns {join_words(names)} of surveys" if names else ""


def unlogged_shift(found: Investigation | None) -> Iterator[Remark]:
    """A shift that no logged change explains."""
    day = unexplained_day(found)
    if found is None or day is None:
        return
    first, last = (date.fromisoformat(one) for one in found.shift["onset_interval"])
    apart = max((day - first).days, (last - day).days - 1)  # the interval is half-open
    name = metric_label(found.metric)
    yield Remark(
        "unlogged_shift",
        "yellow",
        (),
        1,
        f"something happened to {name} on {format_day(day)} ± {plural(apart, 'day')}; who knows?",
        "no logged change explains it",
        "ask round, and add what happened",
    )


def unexplained_day(found: Investigation | None) -> date | None:
    """The onset of a shift that no logged change explains; None where there is none."""
    if found is None or found.verdict != "no_change_explains_it":
        return None
    onset = found.shift.get("onset")
    return date.fromisoformat(onset) if onset else None
