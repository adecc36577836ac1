"""Overrides: refused where they are incomplete, in force only while they last, held against what happened."""

import re
from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import CannotWriteError, UnknownNameError, UsageError
from cxlib.health.override_review import check_overrides
from cxlib.health.overrides import active_overrides, read_overrides
from cxlib.health.overriding import add_override
from cxlib.health.scores import HealthScores

HEAD = "account_id,band,author,reason,set_at,expires_at"
GOOD = "A-1,danger,ann,sponsor left,2020-01-10T00:00Z,2020-04-01T00:00Z"
ACCOUNTS = "account_id,signed_up_at\nA-1,2019-01-01T00:00Z\nA-2,2019-01-01T00:00Z\nA-17,2020-01-31T09:00Z\n"
SAYS = {"band": "healthy", "author": "ann", "reason": "new sponsor", "expires_at": "2020-05-31"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    return tmp_path


def loaded(folder, *rows, **rest):
    (folder / "overrides.csv").write_text("\n".join([HEAD, *rows, ""]))
    return cx.load(folder, **rest)


def told(data, code):
    return [caveat.text for caveat in read_overrides(data).caveats if caveat.code == code]


SET, END = "2020-01-10T00:00Z", "2020-04-01T00:00Z"
BROKEN = {
    f"A-17,danger,ann,,{SET},{END}": (
        "column reason: found '', expected why A-17 is overridden. Fix: say why, or drop the row. (row "
        "quarantined)"
    ),
    f"A-17,danger, ,left,{SET},{END}": (
        "column author: found '', expected who overrides A-17. Fix: say who, or drop the row."
    ),
    f"A-17,,ann,left,{SET},{END}": (
        "column band: found '', expected the band that A-17 is given. Fix: give one, or drop the row."
    ),
    f"A-17,danger,ann,left,,{END}": (
        "column set_at: found '', expected when A-17 was overridden. Fix: say when, or drop the row."
    ),
    f"A-17,danger,ann,left,{SET},": (
        "column expires_at: found '', expected until when A-17 is overridden. Fix: give a day, or drop"
    ),
    f",danger,ann,left,{SET},{END}": (
        "column account_id: found nothing, expected the account that is overridden. Fix: name it, or drop"
    ),
    f"A-17,fine,ann,left,{SET},{END}": (
        "column band: found 'fine', expected one of danger, needs_attention, healthy or champion. Fix:"
    ),
    f"A-17,danger,ann,left,{SET},{SET}": (
        f"column expires_at: found '{SET}', expected an instant after set_at {SET}. "
        "Fix: correct one of the two, or drop the row. (row quarantined)"
    ),
}


@pytest.mark.parametrize("row", BROKEN)
def test_a_row_that_is_incomplete_or_ends_before_it_begins_is_quarantined(folder, row):
    data = loaded(folder, GOOD, GOOD.replace("A-1", "A-2"), row)
    check = data.checks["overrides"]
    assert (check.quarantined, check.used) == (1, 2)
    assert any(f"overrides.csv line 4, {BROKEN[row]}" in note for note in check.notes), check.notes


def test_several_bad_rows_are_one_message_and_each_is_told_by_its_account(folder):
    lacking = [GOOD.replace("sponsor left", "").replace("A-1", one) for one in ("A-17", "A-2", "A-1")]
    data = loaded(folder, GOOD, GOOD.replace("A-1", "A-2"), *lacking)
    expected = (
        "overrides.csv line 4, column reason: found '', expected why A-17 is overridden. "
        "Fix: say why, or drop the row. (+2 more; rows quarantined)"
    )
    assert expected in data.checks["overrides"].notes
    assert data.quarantine["reason"].tolist() == [
        f"expected why {one} is overridden" for one in ("A-17", "A-2", "A-1")
    ]


def test_a_table_that_people_write_is_never_refused_for_its_share_of_bad_rows(folder):
    assert active_overrides(loaded(folder, GOOD.replace("ann", ""))).empty


def test_overrides_do_not_move_the_end_of_the_data_and_are_not_put_aside_for_lying_past_it(folder):
    plain = cx.load(folder)
    late = GOOD.replace("2020-01-10", "2020-03-10")
    data = loaded(folder, late)
    assert data.as_of == plain.as_of
    assert data.checks["overrides"].used == 1
    assert active_overrides(data).empty
    assert told(data, "set_later") == ["1 override set after as_of: not in force yet."]
    assert active_overrides(data.at("2020-03-10"))["band"].tolist() == ["danger"]


def test_an_override_is_in_force_from_the_instant_it_is_set_and_not_at_the_one_it_expires(folder):
    data = loaded(folder, GOOD)
    seen = [
        len(active_overrides(data.at(at)))
        for at in ("2020-01-09T23:59Z", "2020-01-10", "2020-03-31", "2020-04-01")
    ]
    assert seen == [0, 1, 1, 0]
    found = read_overrides(data.at("2020-04-01"))
    assert found.table["status"].tolist() == ["expired"]
    assert found.text == "1 override up to 1 April 2020: 1 expired."


def test_the_latest_of_an_account_wins_and_the_worse_band_where_they_tie(folder):
    early = "A-1,champion,bob,loves us,2020-01-05T00:00Z,2020-04-01T00:00Z"
    kinder = "A-1,healthy,zoe,calm again,2020-01-10T00:00Z,2020-04-01T00:00Z"
    found = read_overrides(loaded(folder, kinder, early, GOOD))
    assert found.table[["band", "status"]].to_numpy().tolist() == [
        ["danger", "active"],
        ["healthy", "superseded"],
        ["champion", "superseded"],
    ]
    assert found.active["author"].tolist() == ["ann"]
    assert found.text == "3 overrides up to 1 February 2020: 1 active and 2 superseded."


def test_an_expired_later_one_gives_way_to_an_earlier_one_that_lasts(folder):
    short = "A-1,champion,bob,loves us,2020-01-12T00:00Z,2020-01-20T00:00Z"
    assert active_overrides(loaded(folder, short, GOOD))["band"].tolist() == ["danger"]


def test_a_life_above_180_days_ends_at_180(folder):
    data = loaded(folder, GOOD.replace("2020-04-01", "2021-04-01"))
    found = read_overrides(data)
    assert found.active["expires_at"].tolist() == [pd.Timestamp("2020-07-08", tz="UTC")]
    assert told(data, "long_life") == [
        "Ended 180 days after they were set, sooner than asked for: overrides of A-1."
    ]
    assert active_overrides(data.at("2020-07-08")).empty


def test_without_the_table_there_is_none(folder):
    found = read_overrides(cx.load(folder))
    assert found.text == "No override was set up to 1 February 2020."
    assert found.active.columns.tolist() == HEAD.split(",")


def test_an_override_is_appended_and_holds_at_once(folder):
    done = add_override(folder, "A-17", **SAYS)
    assert (folder / "overrides.csv").read_text().splitlines() == [
        HEAD,
        "A-17,healthy,ann,new sponsor,2020-02-01T00:00:00Z,2020-05-31T00:00:00Z",
    ]
    assert done.caveats == ()
    add_override(folder / "overrides.csv", "A-1", **(SAYS | {"reason": "=1+1"}), set_at=date(2020, 1, 20))
    active = active_overrides(cx.load(folder))
    assert active["account_id"].tolist() == ["A-1", "A-17"]
    assert "'=1+1" in (folder / "overrides.csv").read_text(), "no spreadsheet runs it"


def test_columns_of_others_stay_as_they_are(folder):
    (folder / "overrides.csv").write_text(f"Note;{HEAD.replace(',', ';')}\nmine;{GOOD.replace(',', ';')}\n")
    add_override(folder, "A-17", **SAYS)
    lines = (folder / "overrides.csv").read_text().splitlines()
    assert lines[1] == f"mine;{GOOD.replace(',', ';')}"
    assert lines[2].startswith(";A-17;healthy;ann;")


def test_an_override_is_added_to_a_duckdb_file(folder):
    path = folder / "desk.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            "CREATE TABLE accounts AS SELECT 'A-17' AS account_id, TIMESTAMPTZ '2020-01-31' AS signed_up_at"
        )
    add_override(path, "A-17", **SAYS)
    add_override(path, "A-17", **(SAYS | {"band": "danger"}), set_at="2020-01-30")
    found = read_overrides(cx.load(path))
    assert found.table[["band", "status"]].to_numpy().tolist() == [
        ["healthy", "active"],
        ["danger", "superseded"],
    ]


def test_a_bad_row_of_a_duckdb_file_is_put_aside(folder):
    path = folder / "desk.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            "CREATE TABLE accounts AS SELECT 'A-17' AS account_id, TIMESTAMPTZ '2020-01-31' AS signed_up_at"
        )
        connection.execute(
            "CREATE TABLE overrides AS "
            "SELECT 'A-17' AS account_id, 'danger' AS band, 'ann' AS author, '' AS reason, "
            "TIMESTAMPTZ '2020-01-10 00:00Z' AS set_at, TIMESTAMPTZ '2020-04-01 00:00Z' AS expires_at"
        )
    data = cx.load(path)
    assert "found '', expected why A-17 is overridden." in data.checks["overrides"].notes[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reason": " "}, "reason: found nothing, expected why A-17 is overridden. Fix: say why."),
        ({"author": None}, "author: found nothing, expected who overrides A-17. Fix: say who."),
        (
            {"expires_at": None},
            "expires_at: found nothing, expected until when A-17 is overridden. Fix: give a",
        ),
        (
            {"expires_at": "2020-02-01"},
            "expires_at: found 2020-02-01T00:00:00Z, expected an instant after set_at",
        ),
        ({"expires_at": "soon"}, "expires_at: found 'soon', expected a date of the calendar"),
        ({"set_at": "2020-02-30"}, "set_at: found '2020-02-30', expected a date of the calendar"),
    ],
)
def test_an_incomplete_override_is_not_written(folder, given, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        add_override(folder, "A-17", **(SAYS | given))
    assert not (folder / "overrides.csv").exists()


def test_an_unknown_account_or_band_is_answered_with_the_near_one(folder):
    with pytest.raises(
        UnknownNameError, match=re.escape("account_id: found 'A-71', expected an id of accounts. Did")
    ):
        add_override(folder, "A-71", **SAYS)
    with pytest.raises(UnknownNameError, match=re.escape("Did you mean 'healthy'?")):
        add_override(folder, "A-17", **(SAYS | {"band": "healty"}))
    with pytest.raises(UsageError, match=re.escape("account_id: found nothing, expected the account")):
        add_override(folder, " ", **SAYS)


def test_data_without_accounts_cannot_be_overridden(tmp_path):
    (tmp_path / "tickets.csv").write_text("ticket_id,created_at\nT1,2020-01-31T09:00Z\n")
    with pytest.raises(UsageError, match=re.escape("account_id: found data without accounts")):
        add_override(tmp_path, "A-17", **SAYS)


def test_a_life_that_is_cut_is_told_when_it_is_written(folder):
    done = add_override(folder, "A-17", **(SAYS | {"expires_at": "2021-01-01"}))
    assert done.text.splitlines()[1] == (
        "It ends on 2020-07-30T00:00:00Z, 180 days after it was set, sooner than asked for."
    )


def test_a_kind_of_table_that_is_not_written_shows_the_row(folder):
    rows = pd.DataFrame([GOOD.split(",")], columns=HEAD.split(","))
    rows.to_parquet(folder / "overrides.parquet")
    with pytest.raises(
        CannotWriteError, match=re.escape("add there the row A-17,healthy,ann,new sponsor,2020-02-01T")
    ):
        add_override(folder, "A-17", **SAYS)


def reviewed(rows, churned, model, *, as_of="2020-12-01"):
    """A review of overrides (account, band, author, day) with the model's bands in the same order."""
    ids = sorted({row[0] for row in rows})
    table = pd.DataFrame(rows, columns=["account_id", "band", "author", "set_at"])
    table["set_at"] = pd.to_datetime(table["set_at"], utc=True)
    overrides = table.assign(reason="why", expires_at=table["set_at"] + pd.Timedelta(days=90))
    left = pd.DataFrame({"account_id": ids, "churned_at": [churned.get(one) for one in ids]})
    data = cx.load({"overrides": overrides, "accounts": left}, as_of=as_of)
    return check_overrides(data, table[["account_id", "set_at"]].assign(band_model=model))


def test_people_who_see_what_the_model_does_not_are_told_to_be_right():
    rows = [(f"A-{place:02d}", "danger", "ann", "2020-01-10") for place in range(24)]
    found = reviewed(rows, {row[0]: "2020-02-10T00:00Z" for row in rows[:22]}, ["healthy"] * 24)
    assert found.square.to_numpy().tolist() == [["right", 0, 22], ["wrong", 2, 0]]
    assert found.p == pytest.approx(2 * (1 + 24 + 276) / 2**24)
    assert found.authors[["author", "n"]].to_numpy().tolist() == [["ann", 24]]
    assert found.text.splitlines()[0] == (
        "Of 24 overrides, judged by who left within 90 days, people were right about 22 and the model "
        "about 2: people did better (exact McNemar p < .01)."
    )
    assert found.agreed == 0


def test_nobody_is_judged_below_twenty_overrides():
    rows = [(f"A-{place:02d}", "danger", "ann", "2020-01-10") for place in range(19)]
    assert reviewed(rows, {}, ["healthy"] * 19).authors.empty


def test_overrides_that_agree_anyway_are_counted_and_decide_nothing():
    rows = [("A-1", "danger", "ann", "2020-01-10"), ("A-2", "healthy", "ann", "2020-01-10")]
    found = reviewed(rows, {"A-1": "2020-02-01T00:00Z"}, ["danger", "champion"])
    assert found.agreed == 50
    assert np.isnan(found.p)
    assert "and so was the model: they said the same of every account." in found.text


def test_only_closed_windows_of_living_accounts_are_judged_once():
    rows = [
        ("A-1", "danger", "ann", "2020-01-10"),
        ("A-1", "healthy", "ann", "2020-02-10"),
        ("A-1", "healthy", "ann", "2020-04-20"),
        ("A-2", "danger", "ann", "2020-01-10"),
        ("A-3", "danger", "ann", "2020-11-10"),
        ("A-4", "danger", "ann", "2020-01-10"),
    ]
    model = ["danger", "danger", "danger", "healthy", "healthy", "insufficient_data"]
    found = reviewed(rows, {"A-2": "2020-01-05T00:00Z"}, model)
    assert found.table["status"].tolist() == ["judged", "repeated", "judged", "gone", "open", "no_band"]
    assert found.caveats[0].text == (
        "Overrides not judged: 1 set after the account had left, 1 within the horizon of an earlier one of "
        "the account, 1 on a day on which the model had no band and 1 with a horizon that has not ended."
    )


def test_without_dates_of_leaving_nothing_is_judged(folder):
    data = loaded(folder, GOOD, as_of="2020-12-01")
    said = pd.DataFrame({"account_id": ["A-1"], "set_at": ["2020-01-10"], "band_model": ["healthy"]})
    found = check_overrides(data, said)
    assert found.table["status"].tolist() == ["no_dates"]
    assert found.text.startswith("None of 1 override can be judged yet.")


def test_without_overrides_there_is_nothing_to_say(folder):
    assert check_overrides(cx.load(folder), lambda _: None).text == "No override was set."


def model_that(metric, accounts, band="danger"):
    """A model in which one metric takes most from every account; it keeps the instants it is asked for."""
    asked = []

    def scores_at(moment):
        asked.append(moment)
        table = pd.DataFrame({"account_id": accounts, "band_model": band})
        parts = [{"account_id": one, "metric": metric, "contribution": -20.0} for one in accounts]
        parts += [{"account_id": one, "metric": "nps", "contribution": 3.0} for one in accounts]
        return HealthScores(table, pd.DataFrame(parts), 60.0, "account_id", None, moment, "")

    return scores_at, asked


def many_overrides(count, band):
    ids = [f"A-{place:02d}" for place in range(count)]
    table = pd.DataFrame({"account_id": ids, "band": band, "author": "ann", "reason": "why"})
    table["set_at"] = ["2020-01-10T09:00Z", "2020-01-10T15:00Z"] * (count // 2)
    table["expires_at"] = "2020-04-01T00:00Z"
    accounts = pd.DataFrame({"account_id": ids, "churned_at": [None] * count})
    return cx.load({"overrides": table, "accounts": accounts}, as_of="2020-12-01"), ids


def test_a_metric_that_many_overrides_contradict_is_doubted():
    data, ids = many_overrides(8, "healthy")
    scores_at, asked = model_that("contact_rate", ids)
    found = check_overrides(data, scores_at)
    assert found.doubted == ("contact_rate",)
    assert found.text.splitlines()[-1] == (
        "Weight or shape of Contact rate is doubted: 8 of 8 overrides that differ set accounts above the "
        "model where it speaks most against them."
    )
    assert asked == [datetime(2020, 1, 10, tzinfo=UTC)], "asked once a day, at its first midnight"


def test_overrides_in_both_directions_or_too_few_doubt_nothing():
    data, ids = many_overrides(8, ["healthy", "danger"] * 4)
    assert check_overrides(data, model_that("contact_rate", ids, "needs_attention")[0]).doubted == ()
    data, ids = many_overrides(4, "healthy")
    assert check_overrides(data, model_that("contact_rate", ids)[0]).doubted == ()
