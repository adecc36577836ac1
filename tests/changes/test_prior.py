"""What components, scopes and words say about where a change would show; never that it did anything."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.changes.calendar import Change, read_changes
from cxlib.changes.prior import Vocabulary, scope_odds

PREMIUM, BASIC = (("plan", "premium"),), (("plan", "basic"),)


def change(title="Release", *, component="", scope="", change_id="A"):
    at = datetime(2020, 2, 8, tzinfo=UTC)
    return Change(
        change_id, title, component, "release", "", scope, at, 18_300, 1.0, None, None, 0, component
    )


def test_a_scope_rules_out_what_was_not_exposed():
    limited = change(scope="plan=premium")
    assert scope_odds(limited, PREMIUM, 1.5) == 1.5
    assert scope_odds(limited, (), 1.5) < 0
    assert scope_odds(limited, BASIC, 1.5) < -5
    assert scope_odds(limited, (("region", "uk"),), 1.5) < 0


def test_words_hint_at_a_segment_and_rule_nothing_out():
    named = change("New checkout (premium)")
    assert scope_odds(named, PREMIUM, 1.5) == 1.5
    assert scope_odds(named, BASIC, 1.5) == scope_odds(named, (), 1.5) == 0.0


def test_a_component_owns_what_its_name_or_its_titles_speak_of():
    log = [change("Search synonyms", component="catalog", change_id=str(i)) for i in range(3)]
    words = Vocabulary(
        [*log, change("Search box", component="web")], {"search_empty": "search_empty /find", "late": "late"}
    )
    assert words.owns("search-service", "search_empty") == 1.0
    assert 0 < words.owns("catalog", "search_empty") < 1
    assert words.owns("web", "search_empty") == words.owns("catalog", "late") == 0.0


def test_a_blank_component_is_read_off_a_title_that_one_component_uses():
    log = pd.DataFrame({"change_id": list("abc"), "title": ["Bill preview", "Bill preview (uk)", "Tidy up"]})
    log["released_at"] = ["2020-02-01T09:00Z", "2020-02-02T09:00Z", "2020-02-03T09:00Z"]
    log["component"] = ["billing", None, None]
    found = read_changes(cx.load({"changes": log}))
    assert [(one.component, one.owner) for one in found] == [
        ("billing", "billing"),
        ("", "billing"),
        ("", ""),
    ]


def test_words_and_components_alone_name_nobody():
    rng = np.random.default_rng(3)
    days = pd.date_range("2020-01-01", periods=120).repeat(30)
    tickets = pd.DataFrame(
        {"created_at": days + pd.to_timedelta(rng.integers(0, 86_000, len(days)), unit="s")}
    )
    tickets["created_at"] = tickets["created_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    tickets["reason"] = rng.choice(["billing_error", "sign_in"], len(days))
    tickets["ticket_id"] = [f"t{i}" for i in range(len(days))]
    log = pd.DataFrame({"change_id": ["a", "b"], "released_at": ["2020-04-10T09:00Z", "2020-04-02T09:00Z"]})
    log["title"] = ["Billing error: tickets about a billing error", "Tidy up"]
    log["component"] = ["billing", "web"]
    data = cx.load({"tickets": tickets, "changes": log})
    found = cx.rank_changes(data, "ticket_volume", start="2020-03-25", end="2020-04-30")
    table = found.table.set_index("change_id")["probability"]
    assert table["a"] < 0.5
    assert table["a"] == pytest.approx(table["b"], abs=0.25)
