"""What a page and the command say of an investigation: answer first, then everything it rests on."""

import re
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

import cxlib as cx
from cxlib.errors import UnknownNameError
from cxlib.reporting.labels import folded
from cxlib.reporting.plots_changes import logged_in_view, plot_series, plot_suspects
from cxlib.reporting.plots_split import asked_segments, plot_asked, plot_balance, plot_breakdown
from cxlib.reporting.show import show
from cxlib.reporting.terminal_finding import investigated
from tests.changes.planted import company

VIEWS = [
    "answer", "details", "series", "split", "segments", "asked", "sends", "balance", "authors",
    "probabilities", "suspects", "explained", "excluded", "placebo", "caveats",
]  # fmt: skip
LONG = "release/" + "of-the-segment-service-" * 4 + "1"


def ask(made, metric="nps", **rest):
    return cx.investigate(cx.load(made.frames), metric, start=made.start, end=made.end, **rest)


@pytest.fixture(scope="module")
def found():
    cut, service = company("cut"), company("service")
    return {
        "cut": ask(cut),
        "service": ask(service),
        "contacts": ask(service, "contact_rate"),
        "none": ask(company("none")),
        "unlogged": ask(company("service", logged=False)),
    }


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_the_answer_box_says_verdict_mechanism_next_step_and_doubt(found):
    html = show(found["cut"], "answer").html
    order = ["did it", "In plain words", "Look next", "What would change this verdict"]
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert "fewer surveys went to group gamma" in html
    assert "Restore who is asked before judging the service" in html


@pytest.mark.parametrize(
    ("name", "plain", "next_step"),
    [
        ("service", "customers of the same kind had a lower NPS than before", "revert or mend it"),
        ("contacts", "more people wrote, above all with reason invoice", "revert or mend it"),
        ("none", "or a shift too small to be told from it", "Wait for more answers before acting"),
        ("unlogged", "customers of the same kind had a lower NPS", "nothing in the change log explains it"),
    ],
)
def test_each_verdict_has_its_words(found, name, plain, next_step):
    words = found[name].words
    assert plain in words.plain
    assert next_step in " ".join(words.next_steps)
    assert words.doubts


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["cut", "service", "contacts", "none", "unlogged"])
def test_every_view_of_every_verdict_shows_something(found, name, view):
    shown = show(found[name], view)
    assert shown.html
    assert shown.text
    assert re.search(r"\bnan\b|\bNone\b", shown.html) is None
    for alt in re.findall(r'<img alt="([^"]*)"', shown.html):
        assert alt.strip()


def test_an_unknown_view_is_refused(found):
    with pytest.raises(UnknownNameError, match="Did you mean 'answer'"):
        show(found["cut"], "anwser")


def test_the_waterfall_goes_from_before_to_after(found):
    split = found["cut"].breakdown
    bars = plot_breakdown(split).patches
    assert [bar.get_height() for bar in bars] == pytest.approx(
        [split.value_before, split.mix, split.within, split.value_after]
    )
    assert bars[1].get_y() + bars[1].get_height() == pytest.approx(bars[2].get_y())


def test_a_plain_sum_over_reasons_is_a_waterfall_of_reasons(found):
    split = found["contacts"].breakdown
    axes = plot_breakdown(split)
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert names[:2] == ["Before", "invoice"]
    assert "invoice" in split.text
    assert "mix" not in split.text


def test_who_was_asked_is_shown_before_and_after(found):
    split = found["cut"].breakdown
    pairs = {name: (before, after) for name, before, after in asked_segments(split)}
    assert pairs["gamma"][1] < 0.2 * pairs["gamma"][0]
    widths = [bar.get_width() for bar in plot_asked(split).patches]
    assert widths[:3] == [before for before, _ in pairs.values()]
    assert asked_segments(found["contacts"].breakdown) == []


def test_happy_and_unhappy_answers_a_day_are_bars(found):
    balance = found["cut"].breakdown.balance
    widths = [bar.get_width() for bar in plot_balance(found["cut"].breakdown).patches]
    assert widths == [
        balance.happy_before, balance.unhappy_before, balance.happy_after, balance.unhappy_after,
    ]  # fmt: skip


def test_every_logged_change_in_view_is_marked_and_no_label_covers_another(found):
    axes = plot_series(found["cut"])
    marked = logged_in_view(found["cut"])
    labels = [text for text in axes.texts if text.get_gid() == "release"]
    assert len(labels) == marked["released_at"].nunique()
    axes.figure.draw_without_rendering()
    named = [text for text in axes.texts if "guilty" in text.get_text()]
    boxes = [text.get_window_extent() for text in [*labels, *named, axes._left_title]]
    assert [(i, j) for i in range(len(boxes)) for j in range(i) if boxes[i].overlaps(boxes[j])] == []


def test_both_nulls_stand_among_the_bars_and_the_bars_sum_to_one(found):
    axes = plot_suspects(found["cut"].suspects)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert {"no change: noise, season, drift", "a cause that is not in the log"} <= set(names)
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(100)


def test_long_names_wrap_in_figures():
    lines = folded(LONG, 20).splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 21
    assert lines[-1].endswith("…")
    assert folded("short", 20) == "short"


def test_volumes_stand_beside_distinct_customers(found):
    before, after = found["contacts"].authors
    assert before.customers == before.rows  # a ticket a customer, as planted
    assert f"{before.rows:,}".replace(",", "\u2009") in show(found["contacts"], "authors").html
    assert "by 1 customer" not in investigated(found["contacts"])
    assert f"after: {after.rows:,}".replace(",", "\u2009") in investigated(found["contacts"]).replace(
        "\n  ", " "
    )


def test_the_terminal_has_every_part_within_a_hundred_columns(found):
    for one in found.values():
        printed = investigated(one)
        for title in ("In plain words", "Look next:", "What would change this:", "Details:", "Check:"):
            assert title in printed
        assert max(map(len, printed.splitlines())) <= 100
        assert "no change" in printed
        assert "a cause not in the log" in printed


def test_ruled_out_changes_have_title_and_reason(found):
    one = found["cut"]
    assert one.excluded
    html = show(one, "excluded").html
    assert "released after the shift had begun" in html
    titles = {change.change_id: change.title for change in one.log}
    assert titles[one.excluded[0].change_id] in html
    assert "released after the shift had begun" in investigated(one)


def test_the_change_that_was_asked_about_is_explained(found):
    made = company("cut")
    innocent = found["cut"].suspects.ranked[1].change.change_id
    one = ask(made, explain=innocent)
    assert "almost certainly not the cause" in show(one, "explained").text
    assert "times likelier than it" in one.text
    assert "is very likely the cause" in show(found["cut"], "explained").text
    assert ask(made, explain="").words.explained == ()


def test_without_a_history_there_is_no_check_on_calm_days(found):
    assert "No check on calm days" in show(replace(found["cut"], placebo=None), "placebo").text
