"""Our first response against an independent implementation, ticket by ticket."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sqlglot import exp

import cxlib as cx
from cxlib.data.engine import DuckEngine
from cxlib.data.facts import prepared_rows

pytestmark = pytest.mark.acceptance
FACTS = ["first_response_at", "first_response_state", "first_response_wait", "first_response_business_wait"]


def ticket_facts(data):
    """The prepared columns of first responses, one row a ticket."""
    engine = DuckEngine()
    made = prepared_rows(data, engine, "tickets", wanted=FACTS)
    query = exp.select("ticket_id", *FACTS).from_(made.name)
    for name, part in made.queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part)
    return engine.run(query, {**data.tables, **made.tables}).to_pandas()


@pytest.fixture(scope="module", params=["weekday", "seven_day"])
def desk(request, shared):
    folder = shared / "data" / "zendesk" / request.param
    expected = pd.read_csv(folder / "expected.csv.gz", dtype={"ticket_id": str})
    return cx.load(folder, as_of="2026-11-15T00:00:00Z"), expected


@pytest.mark.parametrize(
    ("prefix", "settings"),
    [
        ("", {"first_response_time": "human", "bots_as_agents": False}),
        ("zendesk_", {"first_response_time": "zendesk", "bots_as_agents": True}),
    ],
)
def test_every_ticket_equals_the_expected_minutes(desk, prefix, settings):
    data, expected = desk
    definitions = {**data.settings.definitions, **settings}
    data = replace(data, settings=replace(data.settings, definitions=definitions))
    found = ticket_facts(data).merge(expected, on="ticket_id", suffixes=("_found", ""))
    assert len(found) == len(expected) > 2000
    # the vendor's own number is there also for deleted tickets, which no metric counts
    answered = (
        found["first_response_at"].notna() if prefix else found["first_response_state_found"] == "answered"
    )
    for clock in ("", "business_"):
        minutes = (found[f"first_response_{clock}wait"] / 60e6).where(answered)
        wanted = found[f"{prefix}first_response_{clock}minutes"]
        np.testing.assert_allclose(minutes, wanted, rtol=0, atol=1e-6, err_msg=clock)
    if not prefix:
        assert list(found["first_response_state_found"]) == list(found["first_response_state"])


def test_the_metric_counts_what_the_facts_say(desk):
    data, expected = desk
    definitions = {**data.settings.definitions, "first_response_time": "human", "bots_as_agents": False}
    data = replace(data, settings=replace(data.settings, definitions=definitions))
    table = cx.measure(data, "first_response_time", freq="Y").table
    assert table["n"].sum() == (expected["first_response_state"] != "excluded").sum()
    assert table["numerator"].sum() == (expected["first_response_state"] == "answered").sum()
