"""Columns of the user's own: in expressions of own metrics, and under names that we use inside."""

import re

import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.facts import PREPARED
from cxlib.data.schema import TABLES
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.availability import why_not
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.expression import parse_expression
from tests.metrics.company import load, surveys, value_of

ROWS = surveys(
    ("1", "nps", "2020-02-03T10:00:00Z", "2020-02-04T10:00:00Z", 9, "ann"),
    ("2", "nps", "2020-02-04T10:00:00Z", "2020-02-04T11:00:00Z", 3, "bob"),
    ("3", "nps", "2020-02-05T10:00:00Z", "2020-02-05T12:00:00Z", 10, "cy"),
)
SHARE = {
    "table": "surveys",
    "kind": "share",
    "basis": "sent_at",
    "unit": "%",
    "direction": "up",
    "definition": "Surveys of a plan.",
}
TOML = """
[metrics.pro_share]
table = "surveys"
kind = "share"
value = "plan = 'pro'"
basis = "sent_at"
unit = "%"
direction = "up"
definition = "Surveys sent to customers with the plan pro."
"""


def share(value, **changes):
    return cx.Metric("plan_share", value=value, **(SHARE | changes))


def test_an_own_metric_names_a_further_column_of_its_table(tmp_path):
    data = load(tmp_path, {"surveys": ROWS.assign(plan=["pro", "free", "pro"])}, toml=TOML)
    for metric in ("pro_share", share("plan = 'pro'"), share("plan IN ('pro')", where="plan IS NOT NULL")):
        row = value_of(cx.measure(data, metric, start="2020-02-01", end="2020-03-01"))
        assert (row.value, row.numerator, row.n) == (pytest.approx(200 / 3), 2, 3)
    cut = cx.measure(data, "pro_share", by="plan", start="2020-02-01", end="2020-03-01")
    assert value_of(cut, plan="pro").value == 100


def test_an_exposure_names_a_further_column(tmp_path):
    orders = pd.DataFrame(
        {"order_id": list("abcd"), "ordered_at": "2020-02-05T10:00:00Z", "shop": list("xxyy")}
    )
    rate = cx.Metric(
        "surveys_per_order",
        table="surveys",
        kind="rate",
        value="1",
        basis="sent_at",
        exposure=cx.Exposure("orders", value="1", basis="ordered_at", where="shop = 'x'"),
        unit="surveys per order",
        direction="none",
        definition="Surveys for each order of shop x.",
    )
    data = load(tmp_path, {"surveys": ROWS, "orders": orders})
    assert value_of(cx.measure(data, rate, start="2020-02-01", end="2020-03-01")).value == 1.5
    lacking = load(tmp_path, {"surveys": ROWS, "orders": orders.rename(columns={"shop": "shops"})})
    with pytest.raises(UnknownNameError, match=r"found 'shop', expected a column of orders\. .*'shops'"):
        cx.measure(lacking, rate)


def test_a_further_column_that_the_data_lack_is_refused_when_measured(tmp_path):
    data = load(tmp_path, {"surveys": ROWS.assign(plan=["pro", "free", "pro"])})
    with pytest.raises(UnknownNameError) as error:
        cx.measure(data, share("plam = 'pro'"))
    assert str(error.value) == (
        "plan_share: found 'plam', expected a column of surveys. Did you mean 'plan'? "
        "Fix: correct the expression, or add the column to surveys."
    )
    assert "found 'knd'" in str(why_not(data, share("knd = 'nps'")))


def test_a_column_of_the_customers_is_no_column_of_the_table(tmp_path):
    customers = pd.DataFrame({"customer_id": ["ann", "bob", "cy"], "plan": ["pro", "free", "pro"]})
    data = load(tmp_path, {"surveys": ROWS, "customers": customers})
    with pytest.raises(UnknownNameError, match=re.escape("cut by it instead, it is a column of customers")):
        cx.measure(data, share("plan = 'pro'"))


@pytest.mark.parametrize("value", ["scor >= 9", "scor", "scor + 1 > 2", "NOT scor", "COALESCE(scor, 0) > 1"])
def test_a_further_column_holds_text(value):
    with pytest.raises(UnknownNameError, match=r"found 'scor', .*hold text.*Did you mean 'score'"):
        share(value)


def test_a_fault_elsewhere_is_not_blamed_on_a_further_column():
    with pytest.raises(UsageError, match="found number add text") as error:
        share("plan = 'pro' AND score + 'a' > 2")
    assert not isinstance(error.value, UnknownNameError)


TICKETS = pd.DataFrame(
    {
        "ticket_id": ["1", "2"],
        "created_at": ["2020-02-03T10:00:00Z", "2020-02-04T10:00:00Z"],
        "first_replied_at": ["2020-02-03T11:00:00Z", "2020-02-04T12:00:00Z"],
        "customer_id": ["ann", "bob"],
        "reason": ["login", "login"],
    }
)
INSIDE = ["opened_at", "resolved_at", "status_seen", "has_messages", "place", "scored", "first_customer_at"]


OURS = sorted({*PREPARED["tickets"], *INSIDE} - set(TABLES["tickets"].names))


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("metric", ["ticket_volume", "first_response_time.restricted_mean"])
def test_a_column_named_like_one_of_ours_is_a_segment_and_nothing_else(tmp_path, metric, name):
    whole = cx.measure(load(tmp_path, {"tickets": TICKETS}), metric).table
    cut = cx.measure(load(tmp_path, {"tickets": TICKETS.assign(**{name: ["a", "a"]})}), metric, by=name).table
    assert cut[name].unique().tolist() == ["a"]
    assert cut.value.tolist() == whole.value.tolist()


@pytest.mark.parametrize("name", [*PREPARED["surveys"], "place", "scored", "answered_in"])
def test_a_column_of_surveys_named_like_one_of_ours_too(tmp_path, name):
    data = load(tmp_path, {"surveys": ROWS.assign(**{name: ["a", "b", "a"]})})
    cut = cx.measure(data, "nps", by=name, start="2020-02-01", end="2020-03-01")
    assert (value_of(cut, **{name: "a"}).value, value_of(cut, **{name: "b"}).value) == (100, -100)


def test_an_expression_is_parsed_once_and_not_changed_by_its_use():
    place = {"where": "metric 'x'", "table": "surveys", "field": "value"}
    first = parse_expression("score >= 9 AND plan = 'pro'", {"score": "number"}, **place)
    written = first.tree.sql("duckdb")
    first.sql_tree({"horizon": 3}).set("this", None)
    again = parse_expression("score >= 9 AND plan = 'pro'", {"score": "number"}, **place)
    assert again is first
    assert again.tree.sql("duckdb") == written


def test_the_dictionary_of_expressions_is_the_callers_own():
    nps = catalogue()["nps"]
    nps.expressions().clear()
    assert set(nps.expressions()) == {"value", "where", "superseded"}
