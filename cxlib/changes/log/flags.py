"""LaunchDarkly's audit log: what changed the behaviour of a flag; steps of one roll-out are one change."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cxlib.changes.log.entries import Content, Entry, Record, Refused, moment_of, short, title_of
from cxlib.changes.log.rows import LogRow, one_line

__all__ = ["read_launchdarkly"]

_BEHAVIOUR: Final = re.compile(
    r"On$|Off|Target|Rule|Fallthrough|Rollout|Variation|Prerequisite", re.IGNORECASE
)
_ROLLOUT: Final = re.compile(r"Fallthrough|Rollout", re.IGNORECASE)
_STEP: Final = timedelta(days=14)  # a roll-out that rests longer has ended


@dataclass(frozen=True, slots=True)
class _Edit:
    """One kept entry of the log."""

    place: str
    row: LogRow
    is_step: bool


def read_launchdarkly(content: Content) -> list[Entry]:
    """Edits of flags that customers could notice, in the order of time.

    Parameters
    ----------
    content : Content
        Records with id, date, kind and name.
    """
    found: list[Entry] = []
    edits: list[_Edit] = []
    for place, record in content.numbered():
        said = one_line(record.get("name")) or one_line(record.get("id"))
        try:
            edits.append(_edit(content, place, record))
        except Refused as reason:
            found.append(Entry(place, why=str(reason), said=said))
    return [*found, *_joined(sorted(edits, key=lambda edit: edit.row.released_at))]


def _edit(content: Content, place: str, record: Record) -> _Edit:
    if one_line(record.get("kind")).lower() != "flag":
        raise Refused("it is no edit of a flag")
    actions = _actions(record.get("accesses"))
    if actions and not any(_BEHAVIOUR.search(action) for action in actions):
        raise Refused(f"it changes no behaviour ({', '.join(actions)[:80]})")
    name = one_line(record.get("name"))
    change_id = one_line(record.get("id"))
    if not (name and change_id):
        raise Refused("it has no id or no name")
    verb = one_line(record.get("title_verb")) or "changed"
    words = [one_line(record.get(key)) for key in ("short_description", "description", "comment")]
    row = LogRow(
        change_id,
        moment_of(record.get("date"), content.zone),
        title_of(f"{verb} {name}"),
        component=name,
        kind="flag",
        description=short(". ".join(dict.fromkeys(word for word in words if word))),
    )
    return _Edit(place, row, bool(actions) and all(_ROLLOUT.search(action) for action in actions))


def _actions(accesses: object) -> list[str]:
    """What was done, where the entry tells: objects, or the same as JSON text."""
    if isinstance(accesses, str):
        try:
            accesses = json.loads(accesses)
        except ValueError:
            return []
    items = accesses if isinstance(accesses, list) else []
    return [str(item["action"]) for item in items if isinstance(item, dict) and item.get("action")]


def _joined(edits: Sequence[_Edit]) -> list[Entry]:
    """Steps of the roll-out of one flag become one change, from the first to the last."""
    found: list[Entry] = []
    running: dict[str, tuple[int, datetime]] = {}
    for edit in edits:
        flag, at = edit.row.component, edit.row.released_at
        first = running.get(flag)
        if edit.is_step and first is not None and at - first[1] <= _STEP:
            begun = found[first[0]]
            if begun.row is not None:
                found[first[0]] = replace(begun, row=replace(begun.row, rollout_end_at=at))
                why = f"it is a step of the roll-out that began with {begun.row.change_id}"
                found.append(Entry(edit.place, why=why, said=edit.row.title))
            running[flag] = (first[0], at)
            continue
        running.pop(flag, None)
        if edit.is_step:
            running[flag] = (len(found), at)
        found.append(Entry(edit.place, edit.row))
    return found
