"""Checks of a whole table: one key one row, stamps in order, keys of other tables. Each names its rows."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.draft import Draft
from cxlib.data.findings import Rows
from cxlib.data.keys import shared_keys
from cxlib.result import Caveat
from cxlib.text import format_count, join_words, plural, quote

__all__ = ["check_keys", "check_order", "check_references"]

_MOST_NAMED = 5
_SKEW_SHARE = 0.01
_ROW = "row number"


def check_keys(draft: Draft) -> None:
    """Drop identical rows, keep the latest version of a key, quarantine versions that cannot be told apart.

    Parameters
    ----------
    draft : Draft
        Its `duplicates` and findings are added to. A table without a key keeps equal rows, noted.
    """
    key = draft.table.key
    if key is None:
        _note_equal_rows(draft)
        return
    if key not in draft.rows.column_names:
        return
    shared = _shared(draft, key)
    if not len(shared):
        return
    versions, copies = _distinct(draft.rows, shared)
    draft.duplicates[copies] = True
    if len(copies):
        draft.notes.append(f"{plural(len(copies), 'identical row')} dropped")
    rivals = versions[np.isin(versions, _shared(draft, key))]
    if len(rivals):
        _settle(draft, key, rivals)


def _shared(draft: Draft, key: str) -> Rows:
    column = draft.rows.column(key)
    return (
        shared_keys(pa.concat_arrays(column.chunks), draft.live)
        if column.num_chunks
        else np.array([], np.int64)
    )


def _distinct(rows: pa.Table, among: Rows) -> tuple[Rows, Rows]:
    """First row of every set of identical rows, and their copies."""
    some = rows.take(pa.array(among)).append_column(_ROW, pa.array(among))
    grouped = some.group_by(rows.column_names, use_threads=False).aggregate([(_ROW, "min")])
    first = np.sort(np.asarray(grouped.column(f"{_ROW}_min")))
    return first, among[~np.isin(among, first)]


def _settle(draft: Draft, key: str, rivals: Rows) -> None:
    """Versions of one key with different content: the latest `updated_at`, else none of them."""
    keys = np.array(draft.rows.column(key).take(pa.array(rivals)).to_pylist())
    _, group = np.unique(keys, return_inverse=True)
    best = np.zeros(len(rivals), dtype=bool)
    if "updated_at" in draft.rows.column_names:
        stamps = draft.rows.column("updated_at").take(pa.array(rivals)).cast(pa.int64())
        updated = np.asarray(pc.fill_null(stamps, np.iinfo(np.int64).min).combine_chunks())
        latest = np.full(group.max() + 1, np.iinfo(np.int64).min)
        np.maximum.at(latest, group, updated)
        best = (updated == latest[group]) & (updated > np.iinfo(np.int64).min)
        best &= np.bincount(group, weights=best)[group] == 1
    settled = np.bincount(group, weights=best)[group] == 1
    dropped = rivals[settled & ~best]
    draft.duplicates[dropped] = True
    if len(dropped):
        draft.notes.append(f"{plural(len(dropped), 'earlier version')} of a row dropped, by updated_at")
    _quarantine_rivals(draft, key, rivals[~settled], keys[~settled])


def _quarantine_rivals(draft: Draft, key: str, rows: Rows, keys: npt.NDArray[np.str_]) -> None:
    if not len(rows):
        return
    order = np.argsort(keys, kind="stable")
    names = [str(name) for name in np.unique(keys)]
    examples = [f"{quote(name)} ({draft.line_words(rows[keys == name])})" for name in names[:_MOST_NAMED]]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    draft.notes.append(f"{key} with different content: {join_words(examples)}{more}")
    draft.quarantine(
        rows[order],
        key,
        keys[order].tolist(),
        expected=f"one row for each {key}, not several that differ",
        fix="keep one row, or add an updated_at column",
    )


def _note_equal_rows(draft: Draft) -> None:
    if not draft.rows.num_rows:
        return
    counted = draft.rows.group_by(draft.rows.column_names).aggregate([([], "count_all")])
    equal = draft.rows.num_rows - counted.num_rows
    if equal:
        draft.notes.append(f"{plural(equal, 'row')} equal to another kept: the table has no key")


def check_order(draft: Draft) -> list[Caveat]:
    """Blank later stamps that lie before the earlier ones; many of them are a caveat.

    Where the order is strict, the row is quarantined.

    Parameters
    ----------
    draft : Draft
        Its rows are changed.

    Returns
    -------
    list of Caveat
        Where more than 1 % of the pairs are the wrong way round.
    """
    caveats = []
    for earlier, later in draft.table.strict_order:
        _refuse_disorder(draft, earlier, later)
    for earlier, later in draft.table.order:
        if not {earlier, later} <= set(draft.rows.column_names):
            continue
        swapped = pc.fill_null(
            pc.less(draft.rows.column(later), draft.rows.column(earlier)), fill_value=False
        )
        rows = np.flatnonzero(np.asarray(swapped) & draft.live).astype(np.int64)
        if not len(rows):
            continue
        draft.blank(later, rows)
        places = draft.line_words(rows[:_MOST_NAMED])
        sentence = f"{plural(len(rows), later + ' value')} before {earlier} taken as missing ({places})"
        draft.notes.append(sentence)
        both = (
            draft.rows.column(later).is_valid().to_numpy() & draft.rows.column(earlier).is_valid().to_numpy()
        )
        if len(rows) > _SKEW_SHARE * (int(both.sum()) + len(rows)):
            caveats.append(
                Caveat("clock_skew", f"{draft.table.name}: {sentence}: clock skew or swapped columns?")
            )
    return caveats


def _refuse_disorder(draft: Draft, earlier: str, later: str) -> None:
    """Quarantine rows whose later stamp does not lie after the earlier one."""
    if not {earlier, later} <= set(draft.rows.column_names):
        return
    first, second = draft.rows.column(earlier), draft.rows.column(later)
    swapped = pc.fill_null(pc.less_equal(second, first), fill_value=False)
    rows = np.flatnonzero(np.asarray(swapped) & draft.live).astype(np.int64)
    told = [
        [f"{stamp:%Y-%m-%dT%H:%MZ}" for stamp in column.take(pa.array(rows)).to_pylist()]
        for column in (first, second)
    ]
    draft.quarantine(
        rows,
        later,
        told[1],
        expected=[f"an instant after {earlier} {stamp}" for stamp in told[0]],
        fix="correct one of the two, or drop the row",
    )


def check_references(drafts: Mapping[str, Draft]) -> None:
    """Count keys that the table they refer to does not have; the rows stay in the whole.

    Parameters
    ----------
    drafts : mapping of str to Draft
        All tables; notes are added.
    """
    for draft in drafts.values():
        for reference in draft.table.references:
            other = drafts.get(reference.table)
            key = other.table.key if other else None
            if (
                other is None
                or key not in other.rows.column_names
                or reference.column not in draft.rows.column_names
            ):
                continue
            known = other.rows.column(key).filter(pa.array(other.live))
            mine = draft.rows.column(reference.column)
            orphan = np.asarray(pc.and_(mine.is_valid(), pc.invert(pc.is_in(mine, value_set=known))))
            count = int((orphan & draft.live).sum())
            if count:
                rows = plural(draft.rows.num_rows, "row")
                draft.notes.append(
                    f"{format_count(count)} of {rows} with a {reference.column} that {reference.table} does "
                    "not have: kept, unknown in joined views"
                )
