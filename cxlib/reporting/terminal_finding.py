"""What ``cxlib investigate`` prints: the answer, what follows, what would overturn it, what it rests on."""

from collections.abc import Sequence
from typing import Any

from cxlib.changes.investigation import Excluded, Investigation
from cxlib.changes.sentences import placebo_text
from cxlib.changes.wording import WHY_EXCLUDED
from cxlib.reporting.layout import lay_out, wrapped
from cxlib.text import format_count, format_probability, format_value, join_words, plural

__all__ = ["authors_text", "investigated"]

_MOST_SUSPECTS = 8
_NULLS = {"no_change": "no change", "unlogged_cause": "a cause not in the log"}


def investigated(found: Investigation) -> str:
    """An Investigation as a page: the answer, what follows, the suspects, what was left out, the caveats.

    Parameters
    ----------
    found : Investigation
        What `investigate` returned.
    """
    words, rows = found.words, found.to_dict()["suspects"]
    first, *details = words.answer
    table = lay_out(
        ["suspect", "probability", "released", "title"], [_suspect(row) for row in _shown(rows)], words=1
    )
    parts = [wrapped([first]), "", wrapped([words.plain])]
    parts += _section("Look next", words.next_steps)
    parts += _section("What would change this", words.doubts)
    parts += _section("Details", [*details, *authors_text(found)])
    parts += ["", "Probabilities, which sum to 1 (p = 0: impossible, 1: certain):", table]
    left = 1.0 - sum(row["probability"] for row in _shown(rows))
    if len(found.suspects.ranked) + len(_NULLS) > len(_shown(rows)):
        parts.append(f"all others together: {format_probability(max(left, 0.0))}")
    parts += _section("Why it is, or is not, the cause", words.explained)
    parts += _section("Cannot be the cause", _excluded(found.excluded))
    parts += _section("Check", [placebo_text(found.placebo)])
    parts += _section("Caveats", [caveat.text for caveat in found.caveats])
    return "\n".join(parts)


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", wrapped([f"- {line}" for line in lines], indent="  ")] if lines else []


def _shown(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The likeliest changes, and both nulls wherever they stand."""
    likely = rows[:_MOST_SUSPECTS]
    return [*likely, *(row for row in rows[_MOST_SUSPECTS:] if row["hypothesis"] in _NULLS)]


def _suspect(row: dict[str, Any]) -> list[str]:
    name = _NULLS.get(row["hypothesis"], row["change_id"])
    released = (row.get("released_at") or "")[:10]
    return [name, format_probability(row["probability"]), released, row.get("title") or ""]


def _excluded(excluded: Sequence[Excluded]) -> list[str]:
    """The changes that were ruled out, by the reason."""
    reasons: dict[str, list[str]] = {}
    for item in excluded:
        reasons.setdefault(item.why, []).append(item.change_id)
    return [f"{join_words(names, most=8)}: {WHY_EXCLUDED[why]}." for why, names in reasons.items()]


def authors_text(found: Investigation) -> list[str]:
    """How many different customers are behind the rows before and after; empty where it is not known.

    Parameters
    ----------
    found : Investigation
        What `investigate` returned.
    """
    if found.authors is None:
        return []
    sides = [
        f"{format_count(side.rows)} by {plural(side.customers, 'customer')}, the most frequent of whom wrote "
        f"{format_value(100 * side.top_share, '%')}"
        for side in found.authors
    ]
    return [f"Rows before: {sides[0]}; after: {sides[1]}."]
