"""Derived tables by hand: customer turns, stays in a status, open spells, clocks of service levels."""

from datetime import date

import numpy as np
import pytest

from cxlib.data.schedules import build_schedule, instant_at, open_time
from tests.data.desk import DAY, START, at, derived, minutes_of, open_desk, rows_of

TURN = ("started_at", "answered_at", "wait", "ended", "known")
END = 30 * DAY


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([(0, "customer"), (5, "customer"), (40, "agent")], [(0, 40, 40, True, True)]),
        ([(0, "customer"), (0, "agent")], [(0, 0, 0, True, True)]),
        (
            [(0, "customer"), (5, "bot"), (6, "agent", "note"), (7, "agent", "auto")],
            [(0, None, END, False, True)],
        ),
        (
            [(0, "customer"), (9, "agent"), (12, "agent"), (20, "customer"), (25, "customer"), (30, "agent")],
            [(0, 9, 9, True, True), (20, 30, 10, True, True)],
        ),
        ([(0, "agent")], []),
        ([(END - DAY, "customer")], [(END - DAY, None, DAY, False, True)]),  # a day has just passed
        ([(END - DAY + 1, "customer")], [(END - DAY + 1, None, DAY - 1, False, False)]),
    ],
)
def test_a_turn_begins_with_the_first_word_and_ends_with_a_humans(tmp_path, messages, expected):
    data = open_desk(tmp_path, {"t": {}}, [("t", *message) for message in messages])
    assert derived(data, "turns", *TURN) == expected


def test_rows_carry_the_columns_of_their_ticket_and_their_own_win(tmp_path):
    tickets = {"t": {"channel": "chat", "priority": "high", "status": "solved", "shop": "north"}}
    data = open_desk(tmp_path, tickets, [("t", 0, "customer")], [("t", 0, "open"), ("t", 9, "solved")])
    (row,) = rows_of(data, "turns", "channel", "priority", "created_at", "excluded_because", "last_solved_at")
    assert (row["channel"], row["priority"], minutes_of(row["created_at"])) == ("chat", "high", 0)
    assert (row["excluded_because"], minutes_of(row["last_solved_at"])) == (None, 9)
    assert derived(data, "statuses", "entered_at", "status") == [(0, "open"), (9, "solved")]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [(0, "new"), (20, "open"), (25, "open"), (60, "solved")],
            [("new", 0, 20, 20), ("open", 20, 60, 40)],
        ),
        ([(30, "solved")], [("new", 0, 30, 30)]),  # new until the first event says otherwise
        ([(-5, "open"), (30, "solved")], [("open", 0, 30, 30)]),
        ([(0, "open"), (30, "deleted")], [("open", 0, 30, 30)]),
        (
            [(0, "open"), (30, "pending"), (30, "open")],
            [("open", 0, 30, 30), ("pending", 30, None, END - 30)],
        ),
    ],
)
def test_stays_in_a_status(tmp_path, events, expected):
    data = open_desk(tmp_path, {"t": {}}, events=[("t", *event) for event in events])
    found = derived(data, "statuses", "status", "entered_at", "left_at", "stay")
    if events[-1][1] == "open":  # within one second open comes before pending, whatever the rows say
        assert found == [("open", 0, 30, 30), ("pending", 30, None, END - 30)]
    else:
        assert [row for row in found if row[0] != "solved"] == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(0, "new")], [(0, None)]),
        ([(0, "new"), (20, "solved"), (30, "closed")], [(0, 20)]),
        ([(0, "new"), (20, "solved"), (30, "open")], [(0, 20), (30, None)]),
        (
            [(20, "solved"), (30, "open"), (35, "pending"), (40, "solved"), (50, "open"), (60, "solved")],
            [(0, 20), (30, 40), (50, 60)],
        ),
        ([(0, "new"), (20, "deleted")], []),  # counted nowhere
    ],
)
def test_spells_in_which_a_ticket_was_open(tmp_path, events, expected):
    data = open_desk(tmp_path, {"t": {}}, events=[("t", *event) for event in events])
    assert derived(data, "open_spells", "opened_at", "left_at") == expected


def test_without_events_a_ticket_is_open_from_its_creation_to_its_solve(tmp_path):
    tickets = {
        "t": {"solved_at": 30, "status": "solved"},
        "u": {"solved_at": None, "status": "open"},
        "v": {"solved_at": None, "status": "solved"},  # nobody knows until when
    }
    found = derived(open_desk(tmp_path, tickets), "open_spells", "ticket_id", "opened_at", "left_at")
    assert found == [("t", 0, 30), ("u", 0, None)]


def test_stays_that_are_not_resolved_add_up_to_the_open_spells(tmp_path):
    rng = np.random.default_rng(3)
    names = ["open", "pending", "on_hold", "solved", "closed"]
    events = [(f"t{rng.integers(20)}", float(rng.integers(0, 5000)), rng.choice(names)) for _ in range(140)]
    data = open_desk(tmp_path, {f"t{i}": {} for i in range(20)}, events=events)
    stays, spells = {}, {}
    for name, status, stay in derived(data, "statuses", "ticket_id", "status", "stay"):
        stays[name] = stays.get(name, 0) + (stay if status not in ("solved", "closed") else 0)
    with_events = {name for name, _, _ in events}
    for name, opened, left in derived(data, "open_spells", "ticket_id", "opened_at", "left_at"):
        spells[name] = spells.get(name, 0) + (END if left is None else left) - opened
    assert stays == pytest.approx({name: spells[name] for name in with_events})
    assert len({round(total) for total in spells.values()}) > 10


OFFICE = """
zone = "Europe/London"
schedule = "office"
[schedules.office]
[schedules.office.hours]
mon = ["09:00-17:00"]
tue = ["09:00-17:00"]
wed = ["09:00-17:00"]
thu = ["09:00-17:00"]
fri = ["09:00-17:00"]
"""
CLOCK = (
    "started_at",
    "target",
    "paused",
    "deadline_at",
    "fulfilled_at",
    "consumed",
    "known",
    "failed",
    "is_running",
)


def target(metric, minutes, clock="business"):
    return f'{OFFICE}\n[targets.{metric}]\nclock = "{clock}"\nminutes = {minutes}'


@pytest.mark.parametrize(
    ("messages", "events", "expected"),
    [
        ([(30, "agent")], [], (0, 60, 0, 60, 30, 0.5, True, False, False)),
        ([(60, "agent")], [], (0, 60, 0, 60, 60, 1.0, True, False, False)),  # exactly the target is in time
        ([(61, "agent")], [], (0, 60, 0, 60, 61, 61 / 60, True, True, False)),
        ([], [(50, "solved")], (0, 60, 0, 60, None, 50 / 60, False, False, False)),  # nobody will know
        ([], [(90, "solved")], (0, 60, 0, 60, None, 1.5, True, True, False)),
        ([(30, "bot")], [], (0, 60, 0, 60, None, 176.0, True, True, True)),  # unanswered for 22 working days
    ],
)
def test_the_clock_of_the_first_response(tmp_path, messages, events, expected):
    said, happened = [("t", *one) for one in [(0, "customer"), *messages]], [("t", *one) for one in events]
    toml = target("first_response_time", "{ default = 60 }")
    data = open_desk(tmp_path, {"t": {}}, said, [("t", 0, "new"), *happened], toml=toml)
    (found,) = derived(data, "sla_clocks", *CLOCK)
    assert found == pytest.approx(expected)


def test_targets_go_by_priority_and_a_ticket_without_one_starts_no_clock(tmp_path):
    tickets = {"t": {"priority": "urgent"}, "u": {"priority": "low"}}
    said = [(name, 0, "customer") for name in tickets]
    data = open_desk(
        tmp_path, tickets, said, toml=target("first_response_time", "{ urgent = 30 }", "calendar")
    )
    assert derived(data, "sla_clocks", "ticket_id", "priority", "target_name", "deadline_at") == [
        ("t", "urgent", "first_response_time", 30)
    ]
    without = open_desk(tmp_path, tickets, said)
    assert derived(without, "sla_clocks", "ticket_id", "deadline_at") == []


def test_a_deadline_waits_over_the_week_end_and_a_change_of_the_clock(tmp_path):
    # Friday 27 March 2020, 16:30 in London is 53 days after the start; on Sunday the clock goes forward
    friday = 53 * DAY + 7 * 60 + 30
    tickets = {"t": {"created_at": friday}}
    toml = target("first_response_time", "{ default = 60 }")
    data = open_desk(tmp_path, tickets, [("t", friday, "customer")], toml=toml, as_of=54 * DAY)
    ((deadline, consumed, running),) = derived(data, "sla_clocks", "deadline_at", "consumed", "is_running")
    assert at(deadline) == "2020-03-30T08:30:00+00:00"  # Monday 09:30 summer time, after the end of the data
    assert (consumed, running) == (0.5, True)


def test_every_turn_has_a_clock_of_its_own(tmp_path):
    said = [("t", 0, "customer"), ("t", 30, "agent"), ("t", 100, "customer"), ("t", 300, "agent")]
    said += [("t", 400, "customer")]  # a thank-you to a ticket that is solved: nothing is due
    data = open_desk(
        tmp_path,
        {"t": {}},
        said,
        [("t", 310, "solved")],
        toml=target("next_response_time", "{ default = 60 }"),
    )
    found = derived(data, "sla_clocks", "started_at", "consumed", "known", "failed", "is_running")
    assert found == [
        (0, 0.5, True, False, False),
        (100, 200 / 60, True, True, False),
        (400, 0, False, False, False),
    ]


@pytest.mark.parametrize("clock", ["business", "calendar"])
def test_clocks_of_resolutions_agree_with_a_minute_by_minute_count(tmp_path, clock):
    """Pauses, reopenings, week-ends: the deadline is the first minute by which more than the target ran."""
    rng = np.random.default_rng(11)
    names = ["open", "pending", "on_hold", "solved"]
    tickets = {f"t{i}": {"created_at": int(rng.integers(0, 4000))} for i in range(40)}
    events = [
        (name, values["created_at"] + int(step), rng.choice(names))
        for name, values in tickets.items()
        for step in np.cumsum(rng.integers(20, 900, 8))
    ]
    span = 12 * DAY
    data = open_desk(
        tmp_path,
        tickets,
        events=events,
        toml=target("full_resolution_time", "{ default = 600 }", clock),
        as_of=span,
    )
    found = {row[0]: row[1:] for row in derived(data, "sla_clocks", "ticket_id", *CLOCK)}
    schedule = build_schedule(
        "office",
        data.settings.schedules["office"],
        start=date(2020, 2, 1),
        end=date(2020, 4, 1),
        zone="Europe/London",
    )
    grid = np.arange(0, 40 * DAY + 1) * 60_000_000 + int(START.timestamp() * 1e6)
    ran = np.diff(open_time(schedule, grid)) > 0 if clock == "business" else np.ones(40 * DAY, bool)
    outcomes = set()
    for name, values in tickets.items():
        stops = sorted(((minute, names.index(status)) for who, minute, status in events if who == name))
        stops = [(minute, names[k]) for minute, k in stops if minute < span]
        solved, minute_solved = _last_solve(stops)
        stop = minute_solved if solved else span
        active = ran.copy()
        for (entered, status), left in zip(stops, [*(m for m, _ in stops[1:]), 40 * DAY], strict=True):
            if status in ("pending", "on_hold"):
                active[entered : min(left, stop)] = False
        used = int(active[values["created_at"] : stop].sum())
        due = values["created_at"] + int(np.searchsorted(np.cumsum(active[values["created_at"] :]), 600)) + 1
        started, _, paused, deadline, fulfilled, consumed, known, failed, running = found[name]
        assert (started, consumed, failed) == (values["created_at"], pytest.approx(used / 600), used > 600), (
            name
        )
        assert deadline == pytest.approx(due), name
        assert (fulfilled, known, running) == (stop if solved else None, solved or used > 600, not solved), (
            name
        )
        assert paused >= 0
        outcomes.add((failed, solved, paused > 0))
    assert len(outcomes) >= 3


def _last_solve(stops):
    """Whether a ticket is solved in the end, and since when."""
    solved, since = False, None
    for minute, status in stops:
        if status == "solved" and not solved:
            since = minute
        solved = status == "solved"
    return solved, since


def test_the_inverse_of_open_time_is_that_of_the_clock(tmp_path):
    said = [(f"t{i}", 97 * i, "customer") for i in range(60)]
    tickets = {name: {"created_at": minute} for name, minute, _ in said}
    data = open_desk(tmp_path, tickets, said, toml=target("first_response_time", "{ default = 777 }"))
    schedule = build_schedule(
        "office",
        data.settings.schedules["office"],
        start=date(2020, 2, 1),
        end=date(2020, 4, 1),
        zone="Europe/London",
    )
    for row in rows_of(data, "sla_clocks", "started_at", "deadline_at"):
        wanted = open_time(schedule, np.array([row["started_at"]])) + 777 * 60_000_000
        assert instant_at(schedule, wanted).tolist() == [row["deadline_at"]]
