"""An invented portfolio as the library's cells: five metrics by customer and day over three years.

Two surveys (NPS as a net, satisfaction as a share), two counts and a rate per seat and week. Every customer
is drawn with its block of customers, so that the same block is the same whoever asks for it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MONTHS = 24
BLOCK = 50_000
BEGIN = 12  # months of data before the first score
STARTS = (np.datetime64("2017-01") + np.arange(BEGIN + MONTHS + 1)).astype("datetime64[D]").astype(np.int64)
ENDS = STARTS[BEGIN + 1 :]
CELLS_A_MONTH = {"nps": 0.25, "csat": 0.25, "logins": 1.0, "contacts": 0.6, "seat_use": 0.8}
SEATS = 1.0  # cells of the exposure a month
METRICS = tuple(CELLS_A_MONTH)
SETTINGS = """
zone = "UTC"
[data_through]
surveys = "2019-12-31"
tickets = "2019-12-31"
activity = "2019-12-31"
[metrics.logins]
definition = "Days on which somebody logged in."
table = "activity"
kind = "count"
where = "kind = 'login'"
value = "1"
basis = "date"
unit = "days"
direction = "up"
[metrics.contacts]
definition = "Contacts."
table = "tickets"
kind = "count"
value = "1"
basis = "created_at"
unit = "tickets"
direction = "down"
[metrics.seat_use]
definition = "Uses per seat and day."
table = "activity"
kind = "rate"
where = "kind = 'use'"
value = "count"
basis = "date"
exposure = { table = "activity", value = "count", basis = "date", where = "kind = 'seat'" }
unit = "uses per seat"
direction = "up"
[health]
unit = "customer_id"
[health.metrics.nps]
window_days = 365
weight = 25
half_life_days = 365
shape = { up = [-100, 100] }
ref = 0.6
sd = 0.3
[health.metrics.csat]
window_days = 365
weight = 25
half_life_days = 365
shape = { up = [0, 100] }
ref = 0.7
sd = 0.3
[health.metrics.logins]
window_days = 90
weight = 20
shape = { up = [0, 9] }
ref = 0.4
sd = 0.2
[health.metrics.contacts]
window_days = 90
weight = 10
shape = { band = [0, 1, 4, 12], lo_floor = 0.3 }
ref = 0.8
sd = 0.2
[health.metrics.seat_use]
window_days = 90
weight = 20
shape = { up = [0, 2] }
ref = 0.5
sd = 0.2
"""


@dataclass(frozen=True)
class Part:
    """Cells of one metric in the order of customer and day, as numbers; an exposure has totals alone."""

    customer: np.ndarray
    day: np.ndarray
    n: np.ndarray
    total: np.ndarray
    squares: np.ndarray


def ids_of(block, size):
    """Customers of a block."""
    return tuple(f"C{number:07d}" for number in range(block * BLOCK, block * BLOCK + size))


def parts_of(block, size):
    """The cells of every metric for a block of customers, and of the exposure."""
    rng = np.random.default_rng([7, block])
    days = int(STARTS[-1] - STARTS[0])
    found = {}
    for name, rate in {**CELLS_A_MONTH, "seats": SEATS}.items():
        count = int(size * rate * (BEGIN + MONTHS))
        key = np.sort(rng.integers(0, size * days, count))
        key = key[np.append(True, key[1:] != key[:-1])]  # one cell a customer and day
        customer, day = np.divmod(key, days)
        good = rng.random(len(key)) < 0.4 + 0.4 * (customer % 97) / 96
        n = np.ones(len(key))
        if name == "nps":
            total = np.where(good, 100.0, np.where(rng.random(len(key)) < 0.5, -100.0, 0.0))
        elif name == "csat":
            total = good.astype(float)
        elif name in {"logins", "contacts"}:
            total = n
        else:
            total = rng.integers(1, 6, len(key)).astype(float)
        found[name] = Part(customer, day + int(STARTS[0]), n, total, total**2)
    return found


def dataset(folder):
    """Settings, and a table each that the metrics need: their rows play no part, the cells are at hand."""
    import cxlib as cx

    (folder / "cxlib.toml").write_text(SETTINGS, encoding="utf-8")
    day = "2019-12-31"
    surveys = pd.DataFrame({"survey_id": ["1", "2"], "kind": ["nps", "csat"], "score": [9, 5]})
    surveys["sent_at"] = surveys["responded_at"] = f"{day}T09:00Z"
    activity = pd.DataFrame({"date": [day] * 2, "kind": ["login", "use"], "count": [1, 1]})
    tables = {
        "customers": pd.DataFrame({"customer_id": ["C0000000"], "signed_up_at": "2016-01-05T09:00Z"}),
        "surveys": surveys.assign(customer_id="C0000000"),
        "activity": activity.assign(customer_id="C0000000"),
        "tickets": pd.DataFrame(
            {"ticket_id": ["1"], "created_at": f"{day}T09:00Z", "customer_id": "C0000000"}
        ),
    }
    return cx.load(tables, as_of="2020-01-01", config=folder / "cxlib.toml")


def gathered_of(parts, ids):
    """What `cxlib.metrics.gather` makes of the rows."""
    from cxlib.metrics.cells import Cells
    from cxlib.metrics.gather import Gathered

    groups = tuple((name,) for name in ids)

    def cells(part):
        return Cells(part.day, part.customer, groups, part.n, part.total, part.squares, {}, None)

    every = tuple(range(len(ids)))
    found = {name: Gathered(cells(parts[name]), None, groups, ()) for name in METRICS}
    found["seat_use"] = Gathered(cells(parts["seat_use"]), cells(parts["seats"]), groups, every)
    return found
