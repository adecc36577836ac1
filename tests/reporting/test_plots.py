from datetime import UTC, date, datetime, timedelta

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cxlib.errors import UsageError
from cxlib.metrics.frame import MetricFrame
from cxlib.reporting.figures import figure_view
from cxlib.reporting.plots import plot, plot_metric
from cxlib.reporting.releases import mark_releases, numbered, release_key


def _frame(rows, *, by=(), text="NPS fell 18 points", unit="points", metric="nps"):
    table = pd.DataFrame(rows, columns=["start", "end", *by, "value", "lower", "upper", "n", "status"])
    table.insert(0, "metric", metric)
    words = {metric: ""}
    return MetricFrame(
        table, {metric: unit}, {metric: "up"}, words, words, words, words, {}, {},
        datetime(2020, 3, 1, tzinfo=UTC), "M", tuple(by), text,
    )  # fmt: skip


def _months(*values, status="ok", segment=()):
    starts = [date(2019, month, 1) for month in range(1, len(values) + 2)]
    return [
        [start, end, *segment, value, value - 5, value + 5, 100, status]
        for start, end, value in zip(starts, starts[1:], values, strict=False)
    ]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_a_line_holds_the_values_and_the_band_the_interval():
    axes = plot_metric(_frame(_months(40.0, 22.0)))
    assert axes.lines[0].get_ydata().tolist() == [40.0, 22.0]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (17.0, 45.0)
    assert axes.get_ylabel() == "NPS, points\n(higher is better)"
    assert axes.get_title(loc="left") == "NPS fell 18 points"
    assert "n 100" in axes.get_xticklabels()[0].get_text()


def test_a_value_stands_in_the_middle_of_its_month():
    axes = plot_metric(_frame(_months(40.0)))
    assert axes.lines[0].get_xdata()[0] == (date(2019, 1, 1) - date(1970, 1, 1)).days + 15.5


def test_status_is_visible():
    rows = [*_months(40.0, 30.0, 20.0)]
    for row, status in zip(rows, ("low_n", "partial", "immature"), strict=True):
        row[-1] = status
    axes = plot_metric(_frame(rows))
    faces = axes.collections[1].get_facecolors()
    assert faces[0].tolist() == [1, 1, 1, 1]  # hollow
    assert np.ptp(faces[1][:3]) < 0.05  # grey
    assert [patch.get_hatch() for patch in axes.patches] == ["///"]


def test_more_than_six_segments_draws_the_largest_and_says_so():
    rows = [row for place in range(9) for row in _months(10.0 * place, segment=[f"s{place}"])]
    axes = plot_metric(_frame(rows, by=("plan",)))
    assert len(axes.lines) == 6
    assert "6 largest of 9 segments" in [text.get_text() for text in axes.texts]


def test_names_of_series_that_end_together_do_not_cover_each_other():
    rows = [row for place in range(5) for row in _months(10.0, 20.0 + place / 10, segment=[f"plan {place}"])]
    axes = plot_metric(_frame(rows, by=("plan",)))
    _assert_apart(axes, [text for text in axes.texts if text.get_text().startswith("plan")])


def test_sixty_releases_in_twelve_months_have_labels_that_never_overlap():
    days = [date(2019, 1, 1) + timedelta(days=(place * 37) % 365) for place in range(60)]
    releases = pd.DataFrame({"released_at": sorted(days), "change_id": "R", "title": "t"})
    figure = Figure(figsize=(9, 4), layout="constrained")
    december = [date(2019, 12, 1), date(2020, 1, 1), 1.0, 0.0, 2.0, 5, "ok"]
    frame = _frame([*_months(*range(11)), december])
    axes = plot_metric(frame, releases=releases, ax=figure.add_subplot())
    labels = [text for text in axes.texts if text.get_gid() == "release"]
    assert len(labels) == len(numbered(releases))  # every one found room
    _assert_apart(axes, [*labels, axes._left_title, *axes.get_xticklabels()])


def _assert_apart(axes, texts):
    axes.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in texts]
    clashes = [(i, j) for i in range(len(boxes)) for j in range(i) if boxes[i].overlaps(boxes[j])]
    assert clashes == []


def test_releases_of_one_day_share_a_tick():
    days = [date(2020, 2, 4), date(2020, 2, 4), date(2020, 2, 9)]
    releases = pd.DataFrame({"released_at": days, "change_id": list("abc"), "title": "t"})
    axes = Figure().add_subplot()
    axes.set_xlim(18290, 18310)
    assert mark_releases(axes, releases) == 1
    assert [text.get_text() for text in axes.texts] == ["1–2", "3"]
    assert release_key(releases).count("<tr>") == 4


def test_dollars_are_no_mathematics():
    axes = plot_metric(
        _frame(_months(1.0, segment=["paid $5 then $6"]), by=("plan",), text="paid $5 then $6")
    )
    assert axes.texts[0].get_text() == "paid $5 then $6"
    assert not axes.texts[0].get_parse_math()
    assert not axes._left_title.get_parse_math()


def test_drawing_changes_no_global_setting():
    before = dict(mpl.rcParams)
    plot_metric(_frame(_months(1.0)))
    assert dict(mpl.rcParams) == before


def test_the_same_figure_is_the_same_bytes_whatever_the_users_style(monkeypatch):
    frame = _frame(_months(1.0, 2.0))
    first = figure_view(lambda axes: plot_metric(frame, ax=axes), alt="NPS <rose> & more")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        second = figure_view(lambda axes: plot_metric(frame, ax=axes), alt="NPS <rose> & more")
    assert first.html == second.html
    assert 'alt="NPS &lt;rose&gt; &amp; more"' in first.html


def test_what_cannot_be_plotted_is_said():
    with pytest.raises(UsageError, match="plot: found int, expected MetricFrame"):
        plot(3)
    two = pd.concat([_frame(_months(1.0)).table, _frame(_months(1.0), metric="csat").table])
    frame = _frame(_months(1.0))
    with pytest.raises(UsageError, match="found a MetricFrame of 2 metrics, expected one metric a figure"):
        plot(type(frame)(**{**frame.__dict__, "table": two}))
