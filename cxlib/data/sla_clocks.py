"""Clocks of service levels: one for each target that a ticket or a turn starts, its deadline, its outcome."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.belonging import belonging_rows, tickets_of
from cxlib.data.clock import to_microseconds
from cxlib.data.deadlines import OPEN_HOURS, bucket_table, with_instants
from cxlib.data.prepared import Maker, Order, Prepared, PreparedType
from cxlib.data.relations import column, number
from cxlib.data.schedules import Schedule, open_time
from cxlib.data.stays import stay_steps
from cxlib.data.templates import expression, query, with_columns
from cxlib.data.turns import turn_steps
from cxlib.data.waits import by_priority, open_at, schedules_of, with_open_time

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["SLA_CLOCKS"]

_MINUTE_US: Final = 60_000_000
_FURTHEST_DAYS: Final = 4_000

# What each clock runs on. A ticket that is solved unanswered stops its clock: whether the answer would have
# come in time is not known then, unless the deadline had passed before.
_STARTS: Final = {
    "first_response_time": """
SELECT ticket_id, schedule, priority, first_response_start AS started_at, first_response_at AS fulfilled_at,
  first_response_stop AS stop_at, first_response_state = 'waiting' AS is_running
FROM :tickets WHERE first_response_state <> 'excluded'
""",
    "next_response_time": """
SELECT t.ticket_id, t.schedule, t.priority, u.started_at, u.answered_at AS fulfilled_at,
  COALESCE(u.answered_at,
    CASE WHEN t.is_resolved THEN GREATEST(u.started_at, COALESCE(t.last_solved_at, u.started_at)) END, :as_of)
    AS stop_at,
  u.answered_at IS NULL AND NOT t.is_resolved AS is_running
FROM turns_alone AS u JOIN :tickets AS t ON t.ticket_id = u.ticket_id WHERE t.excluded_because IS NULL
""",
    "full_resolution_time": """
SELECT ticket_id, schedule, priority, opened_at AS started_at, last_solved_at AS fulfilled_at,
  full_resolution_stop AS stop_at, NOT is_resolved AS is_running
FROM :tickets WHERE excluded_because IS NULL AND full_resolution_stop IS NOT NULL
""",
}
_NEEDED: Final = {
    "first_response_time": ("first_response_state", "first_response_wait"),
    "next_response_time": ("excluded_because", "is_resolved", "last_solved_at"),
    "full_resolution_time": ("excluded_because", "full_resolution_wait", "is_resolved", "status_seen"),
}
_TOLD_BY: Final = {
    "first_response_time": (("messages", ()), ("tickets", ("first_replied_at",))),
    "next_response_time": (("messages", ()),),
    "full_resolution_time": (("ticket_events", ()), ("tickets", ("solved_at",))),
}

# Time in pending and on hold, as far as the clock of the resolution ran over it.
_PAUSES: Final = """
SELECT c.ticket_id, c.schedule, c.start_us, c.target, c.is_business,
  GREATEST(s.entered_at, c.started_at) AS from_at, LEAST(COALESCE(s.left_at, c.stop_at), c.stop_at) AS to_at
FROM clock_times AS c JOIN stays AS s ON s.ticket_id = c.ticket_id
WHERE c.target_name = 'full_resolution_time' AND s.status IN ('pending', 'on_hold')
  AND s.entered_at < c.stop_at AND COALESCE(s.left_at, c.stop_at) > c.started_at
"""
_PAUSED: Final = """
SELECT *, CAST(SUM(pause_us) OVER (
    PARTITION BY ticket_id ORDER BY from_at, to_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS BIGINT) AS paused_before_us
FROM pause_times
"""
# A pause that begins when more than the target is used up comes after the deadline and does not move it.
_BREAKS: Final = """
SELECT ticket_id, CAST(SUM(pause_us) AS BIGINT) AS paused_us,
  CAST(SUM(CASE WHEN from_us - start_us - COALESCE(paused_before_us, 0) <= target THEN pause_us ELSE 0 END)
    AS BIGINT) AS moving_us
FROM paused GROUP BY ticket_id
"""
_USED: Final = """
SELECT c.*, COALESCE(b.paused_us, 0) AS paused, c.stop_us - c.start_us - COALESCE(b.paused_us, 0) AS used_us,
  c.start_us + c.target + COALESCE(b.moving_us, 0) AS due_us
FROM clock_times AS c
LEFT JOIN breaks AS b ON b.ticket_id = c.ticket_id AND c.target_name = 'full_resolution_time'
"""
_UNPAUSED: Final = """
SELECT *, CAST(0 AS BIGINT) AS paused, stop_us - start_us AS used_us, start_us + target AS due_us
FROM clock_times
"""
_CLOCKS: Final = """
SELECT ticket_id, target_name, priority, started_at, target, paused, fulfilled_at, is_running,
  CASE WHEN target = 0 THEN started_at WHEN NOT is_business THEN due_us
    WHEN reached_at IS NOT NULL THEN GREATEST(reached_at, started_at) END AS deadline_at,
  CAST(used_us AS DOUBLE) / NULLIF(CAST(target AS DOUBLE), 0) AS consumed,
  used_us IS NOT NULL AND (fulfilled_at IS NOT NULL OR used_us > target) AS known,
  used_us > target AS failed
FROM due_clocks
"""
_COLUMNS: Final[dict[str, PreparedType]] = {"target": "interval", "paused": "interval", "is_running": "bool"}


def _make(order: Order) -> Prepared:
    """The clocks, each with its ticket."""
    data = order.data
    targets = _targets(data)
    tickets = tickets_of(order, {name for target in targets for name in _NEEDED[target]})
    steps, tables = dict(tickets.queries), dict(tickets.tables)
    if "next_response_time" in targets:
        steps |= turn_steps(order).queries
    steps["clocks"] = _started(data, targets, tickets.name)
    tables |= _add_times(
        data, steps, "clocks", "clock_times", {"start_us": "started_at", "stop_us": "stop_at"}
    )
    if "full_resolution_time" in targets and data.has("ticket_events"):
        steps |= stay_steps(order, tickets.name) | {"pauses": query(_PAUSES)}
        tables |= _add_times(data, steps, "pauses", "pause_ends", {"from_us": "from_at", "to_us": "to_at"})
        steps["pause_times"] = with_columns("pause_ends", {"pause_us": expression("to_us - from_us")})
        steps |= {"paused": query(_PAUSED), "breaks": query(_BREAKS), "used_clocks": query(_USED)}
    else:
        steps["used_clocks"] = query(_UNPAUSED)
    tables |= _add_deadlines(data, steps, targets)
    parts = Prepared("sla_clocks_alone", steps, tables)
    return belonging_rows(order, "sla_clocks", _COLUMNS, parts, tickets.name)


def _targets(data: "Dataset") -> dict[str, Mapping[str, Any]]:
    """The targets that are set and that the data can tell; without any, one that no ticket starts."""
    found = {
        name: target
        for name, target in data.settings.targets.items()
        if target.get("minutes")
        and any(data.has(table, *columns) for table, columns in _TOLD_BY.get(name, ()))
    }
    return found or {"first_response_time": {"minutes": {}}}


def _is_on_business(target: Mapping[str, Any]) -> bool:
    return target.get("clock") == "business"


def _started(data: "Dataset", targets: Mapping[str, Mapping[str, Any]], tickets: str) -> exp.Query:
    """Every clock that was started, with its target in microseconds."""
    parts = []
    for name, target in sorted(targets.items()):
        limit = by_priority(target, lambda minutes: number(round(minutes * _MINUTE_US)))
        clock = query(_STARTS[name], tickets=exp.to_identifier(tickets), **_as_of(data, name))
        owner = "t" if name == "next_response_time" else ""
        clock = clock.select(
            exp.alias_(exp.Literal.string(name), "target_name"),
            exp.alias_(exp.true() if _is_on_business(target) else exp.false(), "is_business"),
            exp.alias_(exp.cast(_of_owner(limit, owner), "BIGINT"), "target"),
        )
        parts.append(clock)
    started = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    known = expression("target IS NOT NULL")
    return exp.select(exp.Star()).from_(started.subquery("started")).where(known)


def _as_of(data: "Dataset", name: str) -> dict[str, exp.Expr]:
    return {"as_of": number(to_microseconds(data.as_of))} if name == "next_response_time" else {}


def _of_owner(tree: exp.Expr, owner: str) -> exp.Expr:
    """An expression whose columns belong to an alias."""

    def owned(node: exp.Expr) -> exp.Expr:
        return column(node.name, owner) if isinstance(node, exp.Column) else node

    return tree.transform(owned)


def _add_times(
    data: "Dataset", steps: dict[str, exp.Query], source: str, name: str, instants: Mapping[str, str]
) -> dict[str, pa.Table]:
    """A query with the place of instants on the clock of their target: open time, or the instant itself."""
    tables: dict[str, pa.Table] = {}
    on_business = any(_is_on_business(target) for target in _targets(data).values())
    if on_business:
        steps[f"{source}_open"], tables = with_open_time(data, source, instants.values())
        source = f"{source}_open"
    steps[name] = with_columns(
        source,
        {
            position: expression(
                "CASE WHEN is_business THEN :open_time ELSE :instant END",
                open_time=column(open_at(instant)),
                instant=column(instant),
            )
            if on_business
            else column(instant)
            for position, instant in instants.items()
        },
    )
    return tables


def _add_deadlines(
    data: "Dataset", steps: dict[str, exp.Query], targets: Mapping[str, Mapping[str, Any]]
) -> dict[str, pa.Table]:
    """The queries to ``sla_clocks_alone``: when a clock is due, how much is used up, what came of it."""
    longest = max(
        (
            float(minutes)
            for target in targets.values()
            if _is_on_business(target)
            for minutes in target["minutes"].values()
        ),
        default=None,
    )
    tables = {}
    schedules = [] if longest is None else _schedules_to(data, round(longest * _MINUTE_US))
    if schedules:
        steps["due_clocks"] = with_instants(data, "used_clocks", "due_us", "reached_at")
        tables[OPEN_HOURS] = bucket_table(schedules)
    else:
        steps["due_clocks"] = with_columns("used_clocks", {"reached_at": exp.cast(exp.null(), "BIGINT")})
    steps["sla_clocks_alone"] = query(_CLOCKS)
    return tables


def _schedules_to(data: "Dataset", target_us: int) -> list[Schedule]:
    """The schedules, far enough past `as_of` for a target that starts then; one that never opens ends."""
    ahead = 35
    while True:
        schedules = schedules_of(data, ahead_days=ahead)
        enough = [
            open_time(schedule, schedule.bounds[1]) - open_time(schedule, to_microseconds(data.as_of))
            >= target_us
            for schedule in schedules
        ]
        if all(enough) or ahead >= _FURTHEST_DAYS:
            return schedules
        ahead *= 4


SLA_CLOCKS: Final = Maker(columns=_COLUMNS, needs={}, make=_make)
"""Maker of sla_clocks."""
