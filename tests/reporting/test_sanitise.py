import json

import pytest
from active_content import PAYLOADS, active_content

from cxlib.reporting.accessible import mend
from cxlib.reporting.page import notebook_body, render_page
from cxlib.reporting.sanitise import CONTENT_SECURITY_POLICY, sanitise


def _notebook(*cells):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def _output(data):
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    return {"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": [output]}


def test_the_finder_finds_what_it_is_for():
    live = [payload for payload in PAYLOADS if active_content(payload, styles=0)]
    assert len(live) >= 18  # the others are dangerous only inside an attribute or as Markdown


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_acts_in_html_markdown_or_plain_output(payload):
    markdown = {"cell_type": "markdown", "source": f"# Title\n\n{payload}", "metadata": {}}
    kinds = (
        "text/html",
        "text/markdown",
        "text/plain",
        "image/svg+xml",
        "application/javascript",
        "text/latex",
    )
    body = notebook_body(_notebook(markdown, *(_output({kind: payload}) for kind in kinds)))
    page = render_page(body.html, title=body.title, kicker=payload, headings=body.headings, footer=payload)
    assert active_content(page) == []


def test_what_a_report_needs_survives():
    kept = (
        '<h2>Head</h2><table><caption>C</caption><thead><tr><th scope="col">a</th></tr></thead></table>'
        '<figure><img alt="NPS fell" src="data:image/png;base64,AAAA"><figcaption>f</figcaption></figure>'
        "<details><summary>s</summary>d</details>"
    )
    clean = sanitise(kept)
    for part in (
        "<h2>",
        "<caption>",
        'scope="col"',
        'alt="NPS fell"',
        "<figcaption>",
        "<details>",
        "<summary>",
    ):
        assert part in clean


def test_only_listed_style_properties_survive():
    assert (
        sanitise('<p style="color:red;position:fixed;background:url(x)">x</p>')
        == '<p style="color:red">x</p>'
    )


def test_links_lead_to_https_or_to_pages_of_the_same_report():
    kept = sanitise('<a href="changes.html#s1">a</a><a href="https://x.example/">b</a><a href="#s2">c</a>')
    assert kept.count("href=") == 3
    assert "href" not in sanitise('<a href="data:text/html,x">a</a><a href="../../etc/passwd">b</a>')


def test_headings_are_one_h1_and_no_level_is_skipped():
    mended = mend("<h1>One</h1><h1>Two</h1><h5>Deep</h5><h2>Up</h2>")
    assert mended.title == "One"
    assert [heading.level for heading in mended.headings] == [2, 3, 2]
    assert "<h1" not in mended.html


def test_tables_get_scopes_a_scrolling_box_and_their_caption_as_its_name():
    html = mend(
        "<table><caption>Rows &amp; more</caption><thead><tr><th>a</th></tr></thead>"
        "<tbody><tr><th>b</th><td>1</td></tr></tbody></table>"
    ).html
    assert '<th scope="col">a</th>' in html
    assert '<th scope="row">b</th>' in html
    assert 'tabindex="0" role="region" aria-label="Rows &amp; more"' in html


def test_an_image_without_alt_text_gets_a_neutral_one():
    assert 'alt="Figure 1 of this page"' in mend('<img src="data:image/png;base64,AA">').html


def test_code_and_stderr_stay_out_of_the_page():
    cell = _output({"text/plain": "shown"})
    cell["source"] = "secret_call()"
    cell["outputs"].append({"output_type": "stream", "name": "stderr", "text": "a warning"})
    html = notebook_body(_notebook(cell)).html
    assert "shown" in html
    assert "secret_call" not in html
    assert "a warning" not in html


def test_a_page_names_its_language_its_policy_and_its_landmarks():
    page = render_page("<p>x</p>", title="T", kicker="K", pages={"index.html": "Summary"}, here="index.html")
    for part in (
        '<html lang="en">',
        "<h1>T</h1>",
        "<main>",
        "<header>",
        '<nav class="pages"',
        'aria-current="page"',
    ):
        assert part in page
    assert CONTENT_SECURITY_POLICY.replace("'", "&#x27;") in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
