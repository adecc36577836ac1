"""Customer text goes through the real pages: titles, segment values and comments must arrive inert."""

import pandas as pd
import pytest
from active_content import PAYLOADS, active_content
from small_report import write_data

import cxlib as cx
from cxlib.reporting.accessible import mend
from cxlib.reporting.headline import headline
from cxlib.reporting.opening import open_month
from cxlib.reporting.page import render_page
from cxlib.reporting.releases import release_key
from cxlib.reporting.sanitise import sanitise
from cxlib.reporting.tables import Cell, html_table

_HOSTILE = " ".join(payload.replace("\n", " ") for payload in PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_tables_and_keys_escape_what_they_lay_out(payload):
    table = html_table(payload, [payload, "b"], [[Cell(payload), Cell(payload, words=True)]])
    releases = pd.DataFrame(
        {"change_id": [payload], "released_at": [pd.Timestamp("2020-02-04")], "title": [payload]}
    )
    assert active_content(table + release_key(releases), styles=0) == []


def test_the_real_pages_are_inert_with_every_payload_in_every_text(tmp_path):
    company = write_data(tmp_path / "data", comment=_HOSTILE, title=_HOSTILE, segment=_HOSTILE)
    report = cx.run_report(company, month="2020-02", out=tmp_path / "out")
    for page in report.path.glob("*.html"):
        assert active_content(page.read_text(encoding="utf-8")) == [], page.name
    changes = (report.path / "changes.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in changes  # the text is there, and is text


def test_without_the_sanitiser_the_finder_would_object(tmp_path):
    opened = open_month(write_data(tmp_path / "data"), "2020-02")
    assert headline(opened).table.shape[0] > 0
    live = render_page(mend(_HOSTILE).html, title="t", kicker="k")
    assert active_content(live)
    assert active_content(render_page(mend(sanitise(_HOSTILE)).html, title="t", kicker="k")) == []
