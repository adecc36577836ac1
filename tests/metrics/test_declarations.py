"""A wrong declaration is refused when it is made; what may stand in an expression."""

import re
from dataclasses import replace

import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.settings import read_settings
from cxlib.errors import CxError, UnknownNameError, UsageError
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.surveys import NPS
from tests.metrics.company import load, surveys, value_of

SHARE = {
    "table": "tickets",
    "kind": "share",
    "value": "reason = 'refund'",
    "basis": "created_at",
    "unit": "%",
    "direction": "down",
    "definition": "Tickets about refunds.",
}


def declared(**changes):
    return cx.Metric("refund_share", **(SHARE | changes))


def test_a_typo_in_a_column_names_the_near_one():
    with pytest.raises(UnknownNameError) as error:
        declared(value="reopen > 0")
    assert str(error.value) == (
        "metric 'refund_share': found 'reopen', expected a column of tickets (further columns hold text). "
        "Did you mean 'reopens'? Fix: correct its value expression."
    )


@pytest.mark.parametrize("word", ["unit", "definition", "basis", "value"])
def test_a_missing_word_is_refused(word):
    with pytest.raises(UsageError, match=re.escape(f"metric 'refund_share': found no {word}")):
        declared(**{word: " "})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "upwards"}, "direction: found 'upwards', expected one of band, down, none or up."),
        ({"table": "ticket"}, "table: found 'ticket'"),
        ({"kind": "worklist"}, "kind: found 'worklist', expected mean, share, net, rate, count, duration or"),
        ({"kind": "target", "value": "1"}, "kind: found a target without planned and band, expected one"),
        ({"planned": "1"}, "planned: found one for a share, expected planned only for a target."),
        ({"kind": "target", "value": "1", "band": (3, 2)}, "band: found 3 to 2, expected the lower bound"),
        ({"leaves": "solved"}, "leaves: found 'solved', expected an instant or date column of tickets."),
        ({"latest_only": True}, "latest_only: found no leaves, expected leaves beside latest_only."),
        ({"trailing_days": -7}, "trailing_days: found -7, expected 1 or more."),
        ({"trailing_days": 7, "leaves": "solved_at"}, "trailing_days: found leaves as well"),
        ({"per": "week"}, "per: found one for a share, expected per only for a count or target."),
        ({"per": "month"}, "per: found 'month', expected one of"),
        ({"outcome_after": "solved_at - created_at"}, "outcome_after: found no horizon_days"),
        ({"outcome_after": "1", "horizon_days": 7}, "outcome_after: found a number, expected interval"),
        ({"kind": "shares"}, "kind: found 'shares'"),
        ({"kind": "rate"}, "exposure: found none, expected exposure to be given"),
        ({"kind": "duration", "unit": "minutes"}, "ended: found none"),
        ({"kind": "mean"}, "value: found a bool, expected number"),
        ({"kind": "count"}, "value: found a bool"),
        ({"basis": "created"}, "basis: found 'created', expected an instant or date column of tickets."),
        ({"where": "reopens + 1"}, "where: found a number, expected bool"),
        ({"ended": "solved_at IS NOT NULL"}, "ended: found one for a share"),
        ({"min_n": -1}, "min_n -1"),
    ],
)
def test_a_wrong_declaration_is_refused(changes, message):
    with pytest.raises(CxError, match=re.escape(message)):
        declared(**changes)


@pytest.mark.parametrize(
    "wrong",
    [
        "reopens + reason > 1",
        "reason > 1",
        "NOT reopens",
        "reopens AND TRUE",
        "CASE WHEN reopens THEN 1 ELSE 0 END = 1",
        "created_at > '2020-01-01'",
        "created_at + solved_at > created_at",
        "is_inbound > TRUE",
        "LOWER(reopens) = 'a'",
        "COALESCE(reason, 1) = 'a'",
        "reason IN ('a', 1)",
        "IF(reopens, TRUE, FALSE)",
        "reopens BETWEEN 1 AND 'b'",
    ],
)
def test_types_that_do_not_fit_are_refused(wrong):
    with pytest.raises(UsageError):
        declared(where=wrong)


@pytest.mark.parametrize(
    "plain",
    [
        "is_inbound AND reason = 'it''s; --odd'",
        "solved_at - created_at <= INTERVAL 7 DAYS",
        "reason IN ('a', 'b') OR reason IS NULL",
        "CASE reason WHEN 'a' THEN 1 ELSE 0.5 END * reopens > 1",
        "GREATEST(reopens, 0) BETWEEN 0 AND 3 AND NOT is_repeat_contact",
        "reason IS DISTINCT FROM 'a' AND ABS(-reopens) >= FLOOR(1.5)",
        "as_of - created_at > 2 * INTERVAL '1' hour",
        "COALESCE(LOWER(reason), 'none') <> 'a'",
    ],
)
def test_plain_expressions_run(plain, tmp_path):
    tickets = pd.DataFrame(
        {"ticket_id": ["1"], "created_at": ["2020-02-03T00:00:00Z"], "reason": ["a"], "reopens": [2]}
    )
    tickets["solved_at"], tickets["customer_id"] = "2020-02-04T00:00:00Z", "ann"
    assert len(cx.measure(load(tmp_path, {"tickets": tickets}), declared(where=plain)).table) == 1


def test_a_changed_meaning_changes_the_hash_and_a_copy_does_not():
    assert replace(NPS).hash == NPS.hash
    assert replace(NPS, where="kind = 'nps'").hash != NPS.hash


OWN = """
[metrics.passives]
definition = "Share of NPS answers that are passives."
table = "surveys"
kind = "share"
where = "kind = 'nps' AND score IS NOT NULL"
value = "score BETWEEN 7 AND 8"
basis = "responded_at"
unit = "%"
direction = "none"
[metrics.nps]
min_n = 2
"""


def test_a_metric_of_the_settings_works_like_one_of_the_catalogue(tmp_path):
    at = "2020-02-03T10:00:00Z"
    rows = surveys(("1", "nps", at, at, 8, "ann"), ("2", "nps", at, at, 9, "bob"))
    data = load(tmp_path, {"surveys": rows}, toml=OWN)
    frame = cx.measure(data, ["passives", "nps"])
    assert value_of(frame, metric="passives")["value"] == 50.0
    assert value_of(frame, metric="nps")["status"] == "ok"  # two rows are enough here
    listed = cx.list_metrics(data).table.set_index("metric")
    assert listed.loc["passives", "available"]
    assert listed.loc["contact_rate", "why_not"].startswith("contact_rate: found no table tickets")


def test_settings_of_no_metric_are_refused(tmp_path):
    data = load(tmp_path, {"surveys": surveys()}, toml="[metrics.npss]\nmin_n = 2")
    with pytest.raises(UnknownNameError, match=re.escape("cxlib.toml, metrics.npss: found 'npss'")):
        cx.measure(data, "nps")


def test_an_unknown_metric_and_a_missing_column_say_what_to_do(tmp_path):
    rows = surveys(("1", "nps", "2020-02-03T10:00:00Z", None, None, "ann"))
    data = load(tmp_path, {"surveys": rows.drop(columns=["responded_at", "score"])})
    with pytest.raises(UnknownNameError) as unknown:
        cx.measure(data, "npss")
    assert str(unknown.value) == (
        "metrics: found 'npss', expected a metric of the catalogue. Did you mean 'nps'? "
        "Fix: run `cxlib metrics` for the list."
    )
    with pytest.raises(CxError) as missing:
        cx.measure(data, "nps")
    assert str(missing.value) == (
        "nps: found no surveys.responded_at and surveys.score, expected surveys.responded_at and "
        "surveys.score in the data. Fix: add the column to surveys."
    )
    with pytest.raises(UnknownNameError, match=re.escape("by: found 'kinds'")) as segment:
        cx.measure(data, "survey_sends", by="kinds")
    assert "Did you mean 'kind'?" in str(segment.value)


def test_every_name_is_its_own(tmp_path):
    assert [metric.name for metric in catalogue().values()] == list(catalogue())


def test_replaced_settings_are_another_catalogue():
    usual = read_settings(None)
    minutes = {**usual.definitions, "acknowledged_minutes": 30}
    other = replace(usual, definitions=minutes)
    assert "15 minutes" in catalogue(usual)["acknowledged_share"].definition
    assert "30 minutes" in catalogue(other)["acknowledged_share"].definition
    assert "15 minutes" in catalogue(usual)["acknowledged_share"].definition


def test_a_catalogue_may_be_changed_by_who_asked_for_it():
    settings = read_settings(None)
    catalogue(settings).clear()
    assert "nps" in catalogue(settings)
