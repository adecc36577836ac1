"""Strategies shared by the property tests: durations, sums of cells, zones, instants and weekly hours."""

import numpy as np
from hypothesis import strategies as st

__all__ = ["instants_us", "nets", "observed_durations", "shares", "weekly_hours", "zones"]

FIRST_US = 1_546_300_800_000_000  # 2019-01-01
LAST_US = 1_640_995_200_000_000  # 2022-01-01

zones = st.sampled_from(
    [
        "UTC",
        "Europe/London",
        "America/Los_Angeles",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
    ]
)

instants_us = st.integers(FIRST_US, LAST_US)

shares = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
"""Hits and trials."""

nets = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400)).filter(
    lambda counts: sum(counts) > 0
)
"""Promoters, passives and detractors."""


@st.composite
def observed_durations(draw, largest=60):
    """Durations with ties and whether each has ended."""
    n = draw(st.integers(1, largest))
    seconds = draw(st.lists(st.integers(1, 400), min_size=n, max_size=n))
    ended = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return np.array(seconds, dtype=float) * 30, np.array(ended)


@st.composite
def weekly_hours(draw):
    """The `hours` of a schedule: up to three intervals a day, overnight ones and overlaps among them."""
    quarter = st.integers(0, 95)
    hours = {}
    for day in draw(st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1)):
        pairs = draw(
            st.lists(st.tuples(quarter, quarter).filter(lambda p: p[0] != p[1]), min_size=1, max_size=3)
        )
        hours[day] = [f"{a // 4:02d}:{a % 4 * 15:02d}-{b // 4:02d}:{b % 4 * 15:02d}" for a, b in pairs]
    return hours
