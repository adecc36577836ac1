"""Public series whose day of change is known: the one-step scan holds it in its 90 % interval."""

import csv
import json
from datetime import date

import numpy as np
import pytest
from scipy.special import logsumexp

from cxlib.stats.drift import Drift
from cxlib.stats.evidence import cycle, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.onsets import scan_onsets
from cxlib.stats.profiles import LASTING, PULSES

pytestmark = pytest.mark.acceptance

# as for any count: a drift is a share of what is usual, and rows are what they are (months, years)
GRID = (Drift(0.0, 1.0), Drift(0.05, 30.0), Drift(0.05, 120.0), Drift(0.12, 30.0), Drift(0.12, 120.0))
SIZES = (0.2, 0.6, 2.0)
EDGE = 3


@pytest.mark.parametrize(
    ("name", "period", "known", "mass"),
    [("seatbelts", 12, "1983-02", 0.5), ("nile", 1, "1899", 0.7), ("lga_passengers", 12, "2001-09", 0.95)],
)
def test_the_onset_interval_holds_the_known_date(real_data, name, period, known, mass):
    told = json.loads((real_data / "tcpd" / f"{name}.json").read_text(encoding="utf-8"))
    dates, counts = told["time"]["raw"], np.array(told["series"][0]["raw"], dtype=float)
    rows, values = np.arange(len(counts)), np.log(counts)
    weights = robust_weights(values, counts, rows, period=period)  # of a log count: the count
    onsets = np.arange(max(period, EDGE), len(rows) - EDGE)
    (found,) = scan_onsets(
        values[None], weights[None], cycle(rows, period), LASTING[:1], onsets, sizes=SIZES, grid=GRID
    )
    chance = np.exp(found.log_bf[0] - logsumexp(found.log_bf[0]))
    first, last = (dates[onsets[int(np.searchsorted(np.cumsum(chance), end))]] for end in (0.05, 0.95))
    held = float(chance[dates.index(known) - onsets[0]])
    print(f"{name}: 90 % {first} to {last}, {held:.2f} at {known}")  # noqa: T201 - figures for the reader
    assert first <= known <= last
    assert held >= mass


def test_days_that_stand_out_in_a_daily_count_are_the_labelled_ones(real_data):
    per_day: dict[date, float] = {}
    with (real_data / "nab" / "nyc_taxi.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["timestamp"][:10])
            per_day[day] = per_day.get(day, 0.0) + float(row["value"])
    days = sorted(per_day)
    numbers = np.array([day.toordinal() for day in days]) - date(1970, 1, 1).toordinal()
    counts = np.array([per_day[day] for day in days])
    values, weights = counts / np.median(counts) - 1, counts
    weights = robust_weights(values, weights, numbers)
    onsets = np.arange(14, len(days))
    (found,) = scan_onsets(
        values[None], weights[None], season(numbers), PULSES[:2], onsets, sizes=SIZES, grid=GRID
    )
    strongest = found.log_bf.max(axis=0)
    told: list[date] = []
    for column in np.argsort(-strongest):
        day = days[int(onsets[column])]
        if all(abs((day - other).days) > 3 for other in told):
            told.append(day)
    print("strongest days:", *told[:6])  # noqa: T201 - figures for the reader
    labels = [date(2014, 11, 27), date(2014, 12, 25), date(2015, 1, 1), date(2015, 1, 27)]
    near = [min(abs((day - label).days) for label in labels) <= 1 for day in told[:4]]
    assert sum(near) >= 3  # the marathon shows in two hours of a night, not in a day
