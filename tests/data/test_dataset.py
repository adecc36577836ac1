"""The noun: what it hides at an instant, what it can be cut by, how it shows itself."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from small_tables import surveys, tickets, write

from cxlib.data.read import load
from cxlib.errors import UnknownNameError

HEADER = "ticket_id,created_at,solved_at,status"
TICKETS = f"{HEADER}\nT1,2020-02-01T08:00:00Z,2020-02-05T08:00:00Z,solved\nT2,2020-02-04T08:00:00Z,,open\n"


def test_as_of_hides_later_rows_and_later_stamps(tmp_path):
    data = load(write(tmp_path, {"tickets.csv": TICKETS}), as_of="2020-02-03")
    assert data.tables["tickets"].to_pydict() == {
        "ticket_id": ["T1"],
        "created_at": [datetime(2020, 2, 1, 8, tzinfo=UTC)],
        "solved_at": [None],
        "status": [None],  # solved later: not known yet
    }
    assert data.checks["tickets"].out_of_period == 1


def test_an_answer_that_has_not_come_has_no_score(tmp_path):
    header = "survey_id,kind,sent_at,responded_at,score"
    row = "S1,nps,2020-02-01T08:00:00Z,2020-02-05T08:00:00Z,9\n"
    data = load(write(tmp_path, {"surveys.csv": f"{header}\n{row}"}), as_of="2020-02-03")
    assert data.tables["surveys"].column("score").to_pylist() == [None]
    assert data.at("2020-02-06").tables["surveys"].column("score").to_pylist() == [9.0]


def test_planned_instants_stay(tmp_path):
    content = "order_id,ordered_at,promised_at\nO1,2020-02-01T08:00:00Z,2020-03-01T08:00:00Z\n"
    data = load(write(tmp_path, {"orders.csv": content}), as_of="2020-02-03")
    assert data.tables["orders"].column("promised_at").null_count == 0


def test_at_equals_loading_at_that_instant(tmp_path):
    folder = write(tmp_path, {"tickets.csv": tickets(), "surveys.csv": surveys()})
    moved, loaded = load(folder).at("2020-02-11"), load(folder, as_of="2020-02-11")
    assert moved.checks == loaded.checks
    assert all(moved.tables[name].equals(loaded.tables[name]) for name in loaded.tables)
    assert moved.at("2020-02-29").checks == load(folder).checks


def test_the_default_as_of_ends_the_last_local_day_of_all_tables(tmp_path):
    files = {
        "tickets.csv": "ticket_id,created_at\nT1,2020-02-04T07:30:00Z\n",
        "activity.csv": "date,kind,count\n2020-02-02,order,3\n",
        "cxlib.toml": 'zone = "America/Los_Angeles"',
    }
    data = load(write(tmp_path, files))
    assert data.as_of == datetime(2020, 2, 4, 8, tzinfo=UTC)  # the end of the 3rd in Los Angeles
    assert data.data_through("activity") == datetime(2020, 2, 3, 8, tzinfo=UTC)
    assert data.at("2020-02-02").data_through("tickets") == datetime(2020, 2, 2, 8, tzinfo=UTC)


def test_a_declared_end_counts_and_never_passes_as_of(tmp_path):
    files = {"tickets.csv": TICKETS, "cxlib.toml": 'zone = "UTC"\n[data_through]\ntickets = "2020-02-02"'}
    data = load(write(tmp_path, files))
    assert data.data_through("tickets") == datetime(2020, 2, 3, tzinfo=UTC)
    assert data.at("2020-02-02").data_through("tickets") == datetime(2020, 2, 2, tzinfo=UTC)


def test_segments_are_inherited_from_customers_and_accounts(tmp_path):
    files = {
        "tickets.csv": "ticket_id,created_at,customer_id,channel,plan\nT1,2020-02-01T08:00Z,C1,email,own\n",
        "customers.csv": "customer_id,account_id,plan,region,contactable\nC1,A1,pro,eu,true\n",
        "accounts.csv": "account_id,name,csm,region,arr\nA1,Acme,ann,us,10\n",
    }
    data = load(write(tmp_path, files))
    assert data.segments("tickets") == {
        "channel": "tickets",
        "plan": "tickets",
        "region": "customers",
        "csm": "accounts",
    }
    assert data.segments("customers") == {"plan": "customers", "region": "customers", "csm": "accounts"}
    assert data.segments("accounts") == {"csm": "accounts", "region": "accounts"}


def test_has_and_frame_name_what_there_is(tmp_path):
    data = load(write(tmp_path, {"tickets.csv": TICKETS}))
    assert data.has("tickets", "solved_at", "status")
    assert not data.has("tickets", "team")
    assert not data.has("surveys")
    assert data.frame("tickets")["ticket_id"].tolist() == ["T1", "T2"]
    with pytest.raises(UnknownNameError, match="Did you mean 'tickets'"):
        data.frame("ticket")


def test_responses_without_sends_are_said_loudly(tmp_path):
    content = "survey_id,kind,responded_at,score\nS1,nps,2020-02-01T08:00:00Z,9\n"
    data = load(write(tmp_path, {"surveys.csv": content}))
    assert [caveat.code for caveat in data.caveats] == ["responses_only"]
    assert data.as_of == datetime(2020, 2, 2, tzinfo=UTC)
    assert data.at("2020-02-01").checks["surveys"].out_of_period == 1


def test_the_repr_is_short_and_states_the_law(tmp_path):
    data = load(write(tmp_path, {"tickets.csv": tickets("T90,never"), "surveys.csv": surveys()}))
    assert repr(data).splitlines()[1:] == [
        "2 tables, 81 rows, 1 quarantined",
        "surveys: 40 rows in = 40 used + 0 quarantined + 0 duplicates + 0 out of period",
        "tickets: 41 rows in = 40 used + 1 quarantined + 0 duplicates + 0 out of period",
        "data: surveys through 28 February 2020 and tickets through 28 February 2020",
        "1 caveat: many_quarantined",
    ]


def test_the_html_is_escaped(tmp_path):
    (tmp_path / "<b>").mkdir()
    data = load(write(tmp_path / "<b>", {"tickets.csv": tickets(), "<script>.txt": ""}))

    seen = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.add(tag)

    page = Tags()
    page.feed(data._repr_html_())
    assert seen == {"div", "p", "ul", "li"}
    assert data.checks["tickets"].conservation in data._repr_html_()


def test_no_rows_make_a_dataset_that_says_so(tmp_path):
    data = load(write(tmp_path, {"tickets.csv": "ticket_id,created_at\n"}))
    assert data.checks["tickets"].notes == ("0 rows",)
    assert [caveat.code for caveat in data.caveats] == ["no_instants"]
    assert data.frame("tickets").empty


def test_a_row_at_as_of_itself_is_hidden(tmp_path):
    content = "ticket_id,created_at\nT1,2020-02-01T23:59:59Z\nT2,2020-02-02T00:00:00Z\n"
    data = load(write(tmp_path, {"tickets.csv": content}), as_of="2020-02-02")
    assert data.tables["tickets"].column("ticket_id").to_pylist() == ["T1"]
