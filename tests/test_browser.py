"""Every page of a real report in a headless browser: nothing runs, nothing is fetched, nothing sticks out."""

import os
import shutil
from pathlib import Path

import pytest

import cxlib as cx

CHROMIUM = os.environ.get("CXLIB_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which(CHROMIUM) is None,
        reason=f"NOT TESTED IN A BROWSER: no {CHROMIUM}; install chromium or set CXLIB_CHROMIUM",
    ),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory, sample_dir):
    return cx.run_report(sample_dir, month="2020-02", out=tmp_path_factory.mktemp("reports")).path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=CHROMIUM,
            args=list(ARGUMENTS),
            headless=True,
        )
        yield context
        context.close()


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "overview.html", "changes.html", "health.html"])
def test_a_page_is_alone_still_and_no_wider_than_the_screen(report, browser, name, width, scheme):
    seen, said = [], []
    page = browser.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    address = Path(report, name).absolute().as_uri()
    page.goto(address)
    outside = [url for url in seen if url != address and not url.startswith("data:")]
    assert outside == []
    assert said == []
    assert page.evaluate("document.querySelectorAll('script').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.evaluate("[...document.images].every(image => image.alt && image.naturalWidth > 0)")
    page.close()


def test_a_page_prints_on_a4_within_its_margins(report, browser):
    page = browser.new_page()
    page.set_viewport_size({"width": 690, "height": 1000})  # A4 less its margins, at 96 dots an inch
    page.emulate_media(media="print")
    for path in sorted(report.glob("*.html")):
        page.goto(path.absolute().as_uri())
        tables = "[...document.querySelectorAll('table')]"
        wide = f"{tables}.filter(table => table.scrollWidth > document.body.clientWidth).length"
        assert page.evaluate(wide) == 0, path.name
    page.close()


def test_every_page_is_below_two_megabytes(report):
    assert {path.name for path in report.glob("*.html") if path.stat().st_size >= 2_000_000} == set()
