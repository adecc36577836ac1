"""Prepared columns of tickets by hand: who answered when, how often it was solved, with how many touches."""

import numpy as np
import pandas as pd
import pytest

from cxlib.data.cross_check import summary_disagreements
from tests.data.desk import DAY, open_desk, rows_of, ticket

FIRST = ("first_response_state", "first_response_wait")
TOUCH = ("first_touch_state", "first_touch_wait")
SOLVED = [("t", 0, "new"), ("t", 300, "solved")]
WEEK = 7 * DAY


def said(*messages):
    return [("t", *message) for message in messages]


def happened(*events):
    return [("t", *event) for event in events]


@pytest.mark.parametrize(
    ("messages", "events", "expected"),
    [
        ([(0, "customer"), (40, "agent")], [], ("answered", 40)),
        ([(0, "customer"), (0, "agent")], [], ("answered", 0)),  # the same second is no wait, not no answer
        ([(0, "customer"), (5, "bot"), (40, "agent")], [], ("answered", 40)),
        ([(0, "customer"), (5, "agent", "auto"), (40, "agent")], [], ("answered", 40)),
        ([(0, "customer"), (5, "agent", "note"), (40, "agent")], [], ("answered", 40)),
        ([(0, "customer"), (30, "customer"), (40, "agent")], [], ("answered", 40)),  # from the first word
        ([(7, "customer"), (40, "agent")], [], ("answered", 33)),  # the customer's word came after the ticket
        ([(5, "agent"), (7, "customer"), (40, "agent")], [], ("answered", 5)),  # we had written before it
        ([(-3, "agent"), (0, "customer"), (40, "agent")], [], ("answered", 40)),  # stamped before its ticket
        ([(0, "customer")], [], ("waiting", 30 * DAY)),
        ([(0, "customer")], [(300, "solved")], ("solved_without_reply", 300)),
        ([(0, "customer"), (20, "bot")], [(300, "solved")], ("solved_without_reply", 300)),
        ([(0, "customer"), (400, "agent")], [(300, "solved")], ("answered", 400)),
        ([(20, "agent", "note")], [], ("excluded", 30 * DAY)),  # messages, none of them the customer's
        ([(0, "customer"), (40, "agent")], [(50, "deleted")], ("excluded", 40)),
    ],
)
def test_first_response(tmp_path, messages, events, expected):
    data = open_desk(tmp_path, {"t": {}}, said(*messages), happened((0, "new"), *events))
    assert ticket(data, *FIRST) == expected


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([(0, "customer"), (5, "bot"), (40, "agent")], ("answered", 5)),
        ([(0, "customer"), (5, "agent", "auto")], ("answered", 5)),
        ([(0, "customer"), (5, "bot", "note"), (40, "agent")], ("answered", 40)),
        ([(0, "customer")], ("waiting", 30 * DAY)),
        ([(-3, "bot"), (0, "customer"), (40, "agent")], ("answered", 40)),
        ([(10, "bot"), (20, "customer"), (25, "agent")], ("answered", 5)),  # never slower than the reply
    ],
)
def test_first_touch_counts_bots_and_automatic_messages(tmp_path, messages, expected):
    data = open_desk(tmp_path, {"t": {}}, said(*messages))
    assert ticket(data, *TOUCH) == expected


@pytest.mark.parametrize(("minute", "limit", "expected"), [(15, 15, True), (16, 15, False), (16, 20, True)])
def test_acknowledged_is_a_touch_within_the_limit(tmp_path, minute, limit, expected):
    toml = f"[definitions]\nacknowledged_minutes = {limit}"
    data = open_desk(tmp_path, {"t": {}}, said((0, "customer"), (minute, "bot")), toml=toml)
    assert ticket(data, "acknowledged") is expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"merged_into": "u"}, "merged"),
        ({"initiated_by": "agent"}, "agent_initiated"),
        ({"initiated_by": None}, None),
        ({"status": "spam"}, "spam"),
        ({"status": "test", "merged_into": "u"}, "test"),
    ],
)
def test_exclusions_have_a_reason(tmp_path, values, reason):
    data = open_desk(
        tmp_path, {"t": {"status": "open", "merged_into": None, **values}}, said((0, "customer"))
    )
    assert ticket(data, "excluded_because") == reason
    assert (ticket(data, "first_response_state") == "excluded") is (reason is not None)


def test_the_vendors_convention_counts_what_agents_opened_but_not_the_opening_message(tmp_path):
    toml = '[definitions]\nfirst_response_time = "zendesk"'
    tickets = {name: {"initiated_by": "agent"} for name in ("alone", "later", "twice", "noted")}
    messages = [
        ("alone", 0, "agent"),
        *(("later", 0, "agent"), ("later", 60, "customer"), ("later", 90, "agent")),
        *(("twice", 0, "agent"), ("twice", 0, "agent")),
        *(("noted", 0, "agent", "note"), ("noted", 45, "agent")),
    ]
    data = open_desk(tmp_path, tickets, messages, toml=toml)
    waits = {name: ticket(data, *FIRST, of=name) for name in tickets}
    assert waits["alone"] == ("waiting", 30 * DAY)
    assert waits["later"] == ("answered", 90)
    assert waits["twice"] == ("answered", 0)  # one of the two is the reply
    assert waits["noted"] == ("answered", 45)
    # what is counted elsewhere does not change with it
    assert ticket(data, "excluded_because", "one_touch", of="later") == ("agent_initiated", None)


def test_a_ticket_may_take_over_the_earliest_creation_of_those_merged_into_it(tmp_path):
    tickets = {"t": {"created_at": 60, "merged_into": None}, "u": {"created_at": 0, "merged_into": "t"}}
    messages = said((60, "customer"), (90, "agent"))
    own = open_desk(tmp_path, tickets, messages)
    assert ticket(own, "first_response_wait") == 30
    earliest = open_desk(tmp_path, tickets, messages, toml='[definitions]\nmerge_creation = "earliest"')
    # the customer's first word is not the one here, but that of the ticket that was opened first
    assert ticket(earliest, "first_response_wait", "full_resolution_wait") == (90, 30 * DAY)
    assert ticket(earliest, "first_touch_wait") == 90


@pytest.mark.parametrize(
    ("other", "wait"), [({}, 90), ({"initiated_by": "agent"}, 25), ({"status": "spam"}, 25)]
)
def test_only_the_creation_of_a_customers_ticket_is_taken_over(tmp_path, other, wait):
    common = {"merged_into": None, "initiated_by": None, "status": None}
    tickets = {
        "t": {**common, "created_at": 60},
        "u": {**common, "created_at": 0, "merged_into": "t", **other},
        "v": {**common, "created_at": 10},
    }
    messages = [*said((65, "customer"), (90, "agent")), ("v", 15, "customer"), ("v", 40, "agent")]
    data = open_desk(tmp_path, tickets, messages, toml='[definitions]\nmerge_creation = "earliest"')
    assert ticket(data, "first_response_wait") == wait
    assert ticket(data, "first_response_wait", of="v") == 25  # nothing was merged into it


RESOLUTION = ("is_resolved", "first_solved_at", "last_solved_at", "reopens", "reopened_within", "status_seen")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(0, "new")], (False, None, None, 0, None, "new")),
        ([(0, "new"), (20, "solved")], (True, 20, 20, 0, False, "solved")),
        (
            [(0, "new"), (20, "closed")],
            (True, 20, 20, 0, False, "closed"),
        ),  # closing counts where no solve is
        ([(0, "new"), (20, "solved"), (90, "closed")], (True, 20, 20, 0, False, "closed")),
        ([(0, "new"), (20, "solved"), (25, "solved")], (True, 20, 20, 0, False, "solved")),  # no reopening
        ([(0, "new"), (20, "solved"), (30, "open")], (False, 20, None, 1, True, "open")),
        ([(0, "new"), (20, "solved"), (30, "pending"), (50, "solved")], (True, 20, 50, 1, True, "solved")),
        ([(0, "new"), (20, "closed"), (30, "my own"), (50, "closed")], (True, 20, 50, 1, True, "closed")),
        (
            [(20, "solved"), (30, "open"), (40, "solved"), (50, "open"), (60, "solved")],
            (True, 20, 60, 2, True, "solved"),
        ),
        ([(20, "solved"), (20 + WEEK, "open")], (False, 20, None, 1, True, "open")),  # exactly the horizon
        ([(20, "solved"), (21 + WEEK, "open")], (False, 20, None, 1, False, "open")),
        ([(20, "solved"), (30, "deleted")], (False, 20, None, 0, False, "deleted")),
        (
            [(20, "open"), (20, "solved")],
            (True, 20, 20, 0, False, "solved"),
        ),  # one second: in a ticket's order
        ([(20, "solved"), (20, "deleted"), (20, "new")], (False, 20, None, 0, False, "deleted")),
    ],
)
def test_resolution_is_a_replay_of_the_events_in_whatever_order_they_come(tmp_path, events, expected):
    for order in (events, events[::-1]):
        data = open_desk(tmp_path, {"t": {}}, events=happened(*order))
        assert ticket(data, *RESOLUTION) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"solved_at": 20, "status": "solved"}, (True, 20, 20, 0, False, "solved")),
        ({"solved_at": 20, "status": None}, (True, 20, 20, 0, False, None)),
        ({"solved_at": 20, "status": "open"}, (False, None, None, 0, None, "open")),
        ({"solved_at": 20, "status": "closed", "reopens": 2}, (True, 20, 20, 2, True, "closed")),
        ({"solved_at": None, "status": "solved"}, (True, None, None, 0, None, "solved")),
    ],
)
def test_without_events_a_ticket_keeps_what_its_own_columns_say(tmp_path, values, expected):
    alone = open_desk(tmp_path, {"t": {"reopens": 0, **values}, "u": {"solved_at": 5, "status": "solved"}})
    beside = open_desk(
        tmp_path, {"t": {"reopens": 0, **values}, "u": {"solved_at": 5}}, events=[("u", 9, "solved")]
    )
    assert ticket(alone, *RESOLUTION) == expected == ticket(beside, *RESOLUTION)


def test_resolved_without_any_instant_is_left_out_and_never_still_running(tmp_path):
    tickets = {"t": {"status": "solved", "solved_at": None}, "u": {"status": "solved", "solved_at": 5}}
    data = open_desk(tmp_path, tickets, [("t", 0, "customer"), ("u", 0, "customer")])
    waits = ("first_resolution_wait", "full_resolution_wait", "first_resolution_ended")
    assert ticket(data, "excluded_because", *waits) == ("no_solve_instant", None, None, False)
    assert ticket(data, "excluded_because", *waits, of="u") == (None, 5, 5, True)


@pytest.mark.parametrize(
    ("messages", "more_events", "expected"),
    [
        ([(40, "agent")], [], 1),
        ([(40, "agent"), (41, "agent")], [], 1),
        ([(40, "agent"), (50, "agent")], [], 1),  # a hand-over ten minutes later
        ([(40, "agent"), (50.1, "agent")], [], 0),
        ([(40, "agent"), (48, "agent"), (56, "agent")], [], 1),  # each within ten minutes of the one before
        ([(40, "agent"), (50, "agent"), (60, "agent")], [], 1),
        ([(40, "agent"), (41, "agent"), (56, "agent")], [], 0),
        ([(40, "agent"), (45, "customer"), (46, "agent")], [], 0),
        ([(40, "agent"), (45, "customer", "note"), (46, "agent")], [], 1),
        ([(40, "agent"), (45, "bot"), (46, "agent")], [], 1),
        ([(40, "agent"), (900, "customer")], [], 0),  # a word after the reply, answered or not
        ([(40, "agent"), (301 + WEEK, "customer")], [], 1),  # after the horizon
        ([(40, "agent"), (301 + WEEK, "agent")], [], 1),
        ([(40, "agent"), (300 + WEEK, "agent")], [], 0),
        ([(40, "agent"), (45, "customer"), (301 + WEEK, "customer")], [], 0),
        ([(40, "agent"), (200, "agent"), (301 + WEEK, "agent")], [], 0),
        ([(400, "agent")], [], 1),  # solved before the reply
        ([(301 + WEEK, "agent")], [], None),  # no reply within the horizon: not in the denominator
        ([(40, "bot")], [], None),
        ([], [], None),
        ([(40, "agent")], [(400, "open"), (500, "solved")], 0),
        ([(40, "agent")], [(301 + WEEK, "open")], 1),  # reopened too late to count
    ],
)
def test_one_touch(tmp_path, messages, more_events, expected):
    data = open_desk(
        tmp_path, {"t": {}}, said((0, "customer"), *messages), [*SOLVED, *happened(*more_events)]
    )
    assert ticket(data, "one_touch") == expected


def test_a_turn_lasts_as_long_as_the_settings_say(tmp_path):
    messages = said((0, "customer"), (40, "agent"), (55, "agent"))
    for minutes, expected in ((10, (2, 0)), (15, (1, 1))):
        toml = f"[definitions]\nreply_turn_minutes = {minutes}"
        data = open_desk(tmp_path, {"t": {}}, messages, SOLVED, toml=toml)
        assert ticket(data, "human_reply_turns", "one_touch") == expected


def test_a_new_ticket_for_the_same_reason_breaks_one_touch_where_the_settings_say_so(tmp_path):
    tickets = {
        "t": {"customer_id": "ann", "reason": "login"},
        "u": {"customer_id": "ann", "reason": "login", "created_at": 300 + WEEK},
        "v": {"customer_id": "bob", "reason": "login", "created_at": 400},
    }
    messages = said((0, "customer"), (40, "agent"))
    assert ticket(open_desk(tmp_path, tickets, messages, SOLVED), "one_touch") == 1
    toml = "[definitions]\nsame_reason = true"
    assert ticket(open_desk(tmp_path, tickets, messages, SOLVED, toml=toml), "one_touch") == 0
    tickets["u"]["created_at"] += 1
    assert ticket(open_desk(tmp_path, tickets, messages, SOLVED, toml=toml), "one_touch") == 1


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([(40, "agent")], (0, 0)),
        ([], (1, 0)),
        ([(5, "bot")], (1, 1)),
        ([(5, "bot"), (301 + WEEK, "agent")], (1, 1)),
        ([(5, "bot", "note")], (1, 0)),
        ([(301 + WEEK, "bot")], (1, 0)),
    ],
)
def test_zero_touch_and_what_bots_resolved(tmp_path, messages, expected):
    data = open_desk(tmp_path, {"t": {}}, said((0, "customer"), *messages), SOLVED)
    assert ticket(data, "zero_touch", "bot_resolved") == expected


@pytest.mark.parametrize(
    ("messages", "acks", "expected"),
    [
        ([("t", 0, "customer")], "false", (None, 0)),
        ([("t", 0, "customer"), ("t", 9, "customer")], "false", (None, 0)),
        ([("t", 0, "customer"), ("t", 10, "customer")], "false", (10, 1)),
        ([("t", 0, "customer"), ("t", 5, "bot"), ("t", 20, "customer")], "false", (20, 1)),
        ([("t", 0, "customer"), ("t", 5, "bot"), ("t", 20, "customer")], "true", (20, 0)),
        ([("t", 0, "customer"), ("t", 5, "agent"), ("t", 20, "customer")], "false", (20, 0)),
        (
            [("t", 0, "customer"), ("t", 5, "agent"), ("t", 20, "customer"), ("t", 99, "customer")],
            "false",
            (99, 1),
        ),
        ([("u", 0, "customer"), ("t", 30, "customer")], "false", (30, 1)),  # another ticket of the customer
        ([("u", 0, "customer"), ("u", 9, "agent"), ("t", 30, "customer")], "false", (None, 0)),
        ([("u", 0, "customer"), ("t", WEEK, "customer")], "false", (WEEK, 1)),
        ([("u", 0, "customer"), ("t", WEEK + 1, "customer")], "false", (None, 0)),
        ([("v", 0, "customer"), ("t", 30, "customer")], "false", (None, 0)),  # another customer's
        ([("t", 5, "agent")], "false", (None, None)),
    ],
)
def test_unanswered_repeats_within_and_across_the_tickets_of_a_customer(tmp_path, messages, acks, expected):
    tickets = {"t": {"customer_id": "ann"}, "u": {"customer_id": "ann"}, "v": {"customer_id": None}}
    data = open_desk(tmp_path, tickets, messages, toml=f"[definitions]\nack_counts = {acks}")
    assert ticket(data, "second_message_at", "unanswered_repeat") == expected


def test_urgency_follows_the_map_of_reasons(tmp_path):
    tickets = {
        "t": {"reason": "login", "priority": "Urgent", "assignee": "x"},
        "u": {"reason": "refund", "priority": "urgent", "assignee": ""},
        "v": {"reason": None, "priority": None, "assignee": None},
    }
    toml = '[reasons]\nis_issue = ["login"]\nurgent = ["login"]'
    data = open_desk(tmp_path, tickets, toml=toml)
    flags = ("is_issue", "is_urgent", "is_urgent_mismatch", "is_unassigned")
    assert ticket(data, *flags) == (True, True, False, False)
    assert ticket(data, *flags, of="u") == (False, False, True, True)
    assert ticket(data, *flags, of="v") == (False, False, None, True)


def test_business_waits_know_the_schedule_of_each_ticket_and_none_is_none(tmp_path):
    toml = """
    zone = "UTC"
    [schedules.noon]
    hours = { mon = ["09:30-10:00"] }
    [schedules.london]
    zone = "Europe/London"
    hours = { mon = ["09:00-09:10", "09:20-09:30"] }
    """
    tickets = {"t": {"schedule": "noon"}, "u": {"schedule": "london"}, "v": {"schedule": None}}
    messages = [(name, minute, who) for name in tickets for minute, who in ((0, "customer"), (45, "agent"))]
    data = open_desk(tmp_path, tickets, messages, toml=toml)
    waits = [ticket(data, "first_response_business_wait", "first_touch_business_wait", of=n) for n in tickets]
    assert waits == [(15, 15), (20, 20), (None, None)]


def test_summaries_that_disagree_are_reported_with_their_count_and_examples(tmp_path):
    tickets = {f"t{i}": {"first_replied_at": 40 + i, "solved_at": 300, "reopens": 0} for i in range(7)}
    messages = [(name, minute, who) for name in tickets for minute, who in ((0, "customer"), (40, "agent"))]
    events = [(name, 300, "solved") for name in tickets]
    data = open_desk(tmp_path, tickets, messages, events)
    (found,) = summary_disagreements(data)
    assert found.code == "summary_disagreement"
    assert found.text.startswith(
        "tickets.first_replied_at disagrees with messages in 6 tickets: 't1' says 2020-02-03 09:41:00 UTC, "
        "they say 2020-02-03 09:40:00 UTC; 't2' says"
    )
    assert found.text.count("they say") == 5
    assert summary_disagreements(open_desk(tmp_path, tickets)) == ()


def test_the_order_of_rows_changes_nothing(tmp_path):
    rng = np.random.default_rng(7)
    tickets = {f"t{i}": {"customer_id": f"c{i % 5}", "reason": "login"} for i in range(30)}
    messages = [
        (f"t{rng.integers(30)}", float(rng.integers(0, 900)), rng.choice(["customer", "agent", "bot"]))
        for _ in range(300)
    ]
    events = [
        (f"t{rng.integers(30)}", float(rng.integers(0, 900)), rng.choice(["open", "solved", "pending"]))
        for _ in range(150)
    ]
    wanted = (
        "one_touch",
        "human_reply_turns",
        "first_touch_wait",
        "reopens",
        "unanswered_repeat",
        "last_solved_at",
    )
    seen = []
    for _ in range(2):
        rng.shuffle(messages)
        rng.shuffle(events)
        found = rows_of(open_desk(tmp_path, tickets, messages, events), "tickets", "ticket_id", *wanted)
        seen.append(pd.DataFrame(found).sort_values("ticket_id", ignore_index=True))
    pd.testing.assert_frame_equal(*seen)
