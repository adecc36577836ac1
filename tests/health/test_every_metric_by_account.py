"""Whatever the catalogue holds can be part of a score, or is refused in words."""

import numpy as np
import pytest

import cxlib as cx
from cxlib.health.configuration import HealthConfiguration, HealthMetric
from cxlib.metrics.catalogue import catalogue
from cxlib.stats.desirability import up
from tests.test_docs import ROOT

BANDS = {"champion": 80.0, "healthy": 60.0, "needs_attention": 40.0}
FEW = ["nps", "ces", "first_response_time", "backlog", "ticket_volume.per_working_day", "seat_contact_rate"]


@pytest.fixture(scope="module")
def data():
    return cx.load(ROOT / "data/sample", as_of="2020-03-01")


def scored(data, name):
    one = HealthConfiguration((HealthMetric(name, 180, 1.0, up(0, 100)),), BANDS)
    scores = cx.score_health(data, configuration=one)
    parts = scores.contributions
    known = parts["status"] == "ok"
    assert parts.loc[known, "d"].between(0, 1).all()
    assert parts[["below", "above"]].dropna().to_numpy().max(initial=0) <= 1
    assert scores.table["score"].between(0, 100).all()
    assert (parts.loc[~known, "contribution"] == 0).all()
    np.testing.assert_array_equal(np.isnan(parts["value"]), ~known)
    return parts


@pytest.mark.parametrize("name", FEW)
def test_metrics_of_every_kind_can_be_scored_by_account(data, name):
    assert (scored(data, name)["status"] == "ok").any()


def test_who_has_no_ticket_has_a_backlog_of_none(data):
    parts = scored(data, "backlog")
    assert (parts["status"] == "ok").all()
    assert (parts["value"] == 0).sum() > 100


@pytest.mark.slow
def test_every_metric_of_the_catalogue_is_scored_or_refused_in_words(data):
    refused = []
    for name in catalogue(data.settings):
        try:
            scored(data, name)
        except cx.CxError as error:
            refused.append((name, str(error)))
    assert len(refused) < 30
    assert all("is not part of the score" in said for _, said in refused)
