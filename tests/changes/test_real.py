"""Real data, where they are: what is known to be true of them must come out, for the right reason."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

import cxlib as cx
from cxlib.errors import UsageError

WHERE = Path(os.environ.get("CXLIB_REAL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data" / "real"))
SCHEMA = Path(__file__).parents[2] / ".." / "shared" / "contracts" / "investigate.schema.json"

pytestmark = pytest.mark.skipif(
    not WHERE.is_dir(), reason=f"skipped: real data not found at {WHERE} (acceptance only)"
)


def ask(folder, metric, start, end, as_of=None):
    found = cx.investigate(cx.load(WHERE / folder, as_of=as_of), metric, start=start, end=end)
    answer = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    if SCHEMA.is_file():
        jsonschema.validate(answer, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return answer


def chance(answer, change_id):
    return next((row["probability"] for row in answer["suspects"] if row["change_id"] == change_id), 0.0)


def codes(answer):
    return {caveat["code"] for caveat in answer["caveats"]}


def test_a_bad_app_version_is_named_and_its_repair_is_found():
    answer = ask("laftel", "review_score_net", "2023-11-01", "2024-02-01")
    assert answer["verdict"] in {"change_named", "change_likely"}
    top = answer["suspects"][0]
    assert top["change_id"] == "laftel-3.49.0"
    assert top["interval"][1] - top["interval"][0] > 30
    assert "2023-12-01" <= answer["shift"]["onset"] <= "2023-12-09"
    assert answer["balance"]["kind"] == "both"
    (recovery,) = answer["further_shifts"]
    assert recovery["change"] > 20
    assert "2023-12-25" <= answer["shift"]["ended"] == recovery["onset"] <= "2024-01-10"
    assert any("recovered" in line and "laftel-3.50.0" in line for line in answer["text"])
    assert "no_sends" in codes(answer)
    assert answer["breakdown"]["reach"] is None


@pytest.mark.parametrize("start", ["2025-05-01", "2025-06-01", "2025-06-15"])
def test_a_change_that_cannot_be_seen_is_not_blamed(start):
    answer = ask("laftel", "review_score_net", start, "2025-07-27")
    assert answer["verdict"] in {"not_established", "no_shift"}
    assert chance(answer, "laftel-avod-end") < 0.5


def test_a_first_release_brings_customers_and_not_only_tickets():
    answer = ask("rust", "ticket_volume", "2015-04-25", "2015-06-20", "2016-01-01")
    assert answer["shift"]["detected"]
    assert "2015-05-13" <= answer["shift"]["onset"] <= "2015-05-17"
    assert answer["shift"]["change"] > 0
    assert any("104 and then 150 customers wrote 139 and then 207 tickets" in line for line in answer["text"])


@pytest.mark.parametrize(("start", "end"), [("2015-07-15", "2015-09-10"), ("2015-07-20", "2015-08-25")])
def test_bulk_filing_by_one_person_is_no_surge_of_customers(start, end):
    answer = ask("rust", "ticket_volume", start, end, "2016-01-01")
    assert chance(answer, "rust-1.2") < 0.5
    assert answer["verdict"] in {"not_established", "no_shift"}
    assert "few_authors" in codes(answer)
    assert answer["data"]["top_author_share"] > 0.3
    assert any("Distinct customers were counted" in line for line in answer["text"])


def test_an_extract_that_ends_is_no_fall_and_a_reason_that_was_relisted_no_event():
    answer = ask("uci", "ticket_volume", "2016-04-01", "2016-06-20")
    assert answer["data"]["complete_to"] == "2016-06-01"
    assert {"truncated", "taxonomy_changed"} <= codes(answer)
    said = next(c["text"] for c in answer["caveats"] if c["code"] == "taxonomy_changed")
    assert "45.0" in said
    assert answer["verdict"] in {"no_change_explains_it", "not_established"}
    assert answer["shift"]["onset"] < "2016-06-01"
    assert any(re.search(r"35\.0 .*1[0-3] April", line) for line in answer["text"])


def test_the_default_window_ends_where_the_extract_does():
    answer = ask("uci", "ticket_volume", None, None)
    assert answer["to"] == "2016-06-01"
    with pytest.raises(UsageError, match="where they stop"):
        ask("uci", "ticket_volume", "2016-11-01", "2017-02-01")
