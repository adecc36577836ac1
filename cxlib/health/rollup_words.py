"""Sentences and caveats of a roll-up."""

from typing import Any

import pandas as pd

from cxlib.health.members import Gathered
from cxlib.result import Caveat
from cxlib.text import format_interval, format_value, join_words, plural

__all__ = ["rollup_caveats", "rollup_text"]

_PART_WORDS = {
    "within": "accounts that stayed fared otherwise",
    "mix": "their shares moved",
    "new": "new customers",
    "moved_in": "moved in",
    "lost": "lost accounts",
    "moved_out": "moved out",
}
_CURRENT = ("csm", "team")


def rollup_text(table: pd.DataFrame, whole: pd.DataFrame, by: str) -> str:
    """Sentences.

    Parameters
    ----------
    table, whole : DataFrame
        As in `HealthRollup`.
    by : str
        What groups.
    """
    together = _record(whole)
    if not together.get("accounts"):
        return "No account has a score."
    lines = [_moved("All accounts", together)] if "change" in together else [_stands(together)]
    if "change" in together:
        groups = [_record(table.iloc[[place]]) for place in range(len(table))]
        lines += [
            _moved(str(group["group"]), group)
            for group in groups
            if _is_survivorship(group) or pd.notna(group["replaced"])
        ]
    return "\n".join([*lines, _league(table, by)])


def _record(rows: pd.DataFrame) -> dict[str, Any]:
    return {str(name): value for name, value in rows.to_dict(orient="records")[0].items()}


def _stands(row: dict[str, Any]) -> str:
    return f"{plural(row['accounts'], 'account')} stand at {format_value(row['score'], 'points')} of 100."


def _moved(name: str, row: dict[str, Any]) -> str:
    """The change and its parts; who left is told first where it is most of the story."""
    change = format_value(row["change"], "points", signed=True)
    if pd.notna(row["replaced"]):
        return f"{name}: {change}, replaced: no account is there on both dates, so nothing can be split."
    if pd.isna(row["change"]):
        return f"{name}: no change to tell, one of the two dates has no account."
    lost = format_value(row["lost"], "points", signed=True)
    link = "of which lost" if row["lost"] * row["change"] > 0 else "although lost alone made"
    lead = f", {link} {lost}: accounts that left" if _is_survivorship(row) else ""
    parts = [
        f"{words} {format_value(row[part], 'points', signed=True)}"
        for part, words in _PART_WORDS.items()
        if abs(row[part]) >= 0.05 and not (part == "lost" and lead)
    ]
    rest = f" ({join_words(parts)})" if parts else ""
    ends = f"{format_value(row['before'], 'points')} to {format_value(row['score'], 'points')}"
    return f"{name}: {change}{lead}, from {ends}{rest}."


def _is_survivorship(row: dict[str, Any]) -> bool:
    """Whether accounts that left make up more than half of the change."""
    return bool(pd.notna(row["lost"]) and abs(row["lost"]) > abs(row["change"]) / 2)


def _league(table: pd.DataFrame, by: str) -> str:
    """What the order of the groups is worth."""
    known = table[table["shrunken"].notna()]
    if len(known) < 2:
        return f"There is one {by} to look at." if len(known) else f"No {by} has an account that counts."
    apart = known[known["overlaps"] < len(known) - 1]
    if apart.empty:
        return f"The {len(known)} groups by {by} are not distinguishable: all their intervals overlap."
    alone = known[known["overlaps"] == 0]
    best, worst = known.iloc[0], known.iloc[-1]
    ends = " to ".join(
        f"{row['group']} {format_value(row['shrunken'], 'points')} "
        f"{format_interval(row['lower'], row['upper'], 'points')}"
        for row in (best, worst)
    )
    names = join_words([str(name) for name in alone["group"]])
    told = f" Distinct from every other: {names}." if names else ""
    rest = "" if len(alone) == len(known) else " Groups whose intervals overlap are not distinguishable."
    return f"By {by}, from {ends}.{told}{rest}"


def rollup_caveats(now: Gathered, past: Gathered | None, by: str, weight: str | None) -> tuple[Caveat, ...]:
    """What to know before a roll-up is read.

    Parameters
    ----------
    now, past : Gathered
        The accounts of both dates; past is None where there is one date only.
    by : str
        What groups.
    weight : str or None
        What accounts count by.
    """
    found = []
    if now.parents:
        words = plural(now.parents, "account")
        found.append(
            Caveat("parents", f"{words} left out, to which others with a score belong: leaves only.")
        )
    without = int(now.rows["arr"].isna().sum())
    if without and (weight or without < len(now.rows)):
        out = "left out of the weighted score and of the shares" if weight else "left out of the shares"
        found.append(Caveat("without_arr", f"{plural(without, 'account')} without arr, {out} of ARR."))
    return (*found, *(_past_caveats(now, past, by) if past is not None else ()))


def _past_caveats(now: Gathered, past: Gathered, by: str) -> list[Caveat]:
    """What to know of a change."""
    found = []
    both = past.rows.merge(now.rows, on="id", suffixes=("_before", ""))
    if by in _CURRENT and len(both) and (both["group_before"] == both["group"]).all():
        words = f"{by} as assigned today: the data hold no other one for the earlier date."
        found.append(Caveat("as_assigned_today", words))
    counts = (past.counted ^ now.counted) & past.customers & now.customers
    if counts:
        words = f"{plural(len(counts), 'account')} counted on one date only: part of moved in or moved out."
        found.append(Caveat("counted_once", words))
    gone = past.counted - now.customers - now.left
    if gone:
        words = f"{plural(len(gone), 'account')} without a score now and without churned_at: part of lost."
        found.append(Caveat("vanished", words))
    return found
