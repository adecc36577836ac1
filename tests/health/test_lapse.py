from datetime import date

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.health.lapse import lapses_of

DAY = np.datetime64("2019-01-01").astype(int)


def ordered(**days):
    rows = [(name, str(np.datetime64("2019-01-01") + day)) for name, all_ in days.items() for day in all_]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    orders["order_id"] = [f"O{i}" for i in range(len(orders))]
    orders["ordered_at"] += "T10:00Z"
    customers = pd.DataFrame({"customer_id": sorted(days)})
    return cx.load({"orders": orders, "customers": customers}, as_of="2019-12-31")


def test_a_lapse_is_the_first_gap_after_two_days_with_orders():
    data = ordered(a=[0, 10, 20], b=[0], c=[0, 200, 210], d=[0, 5, 300, 310], e=[300, 340], f=[0, 0])
    found = lapses_of(data, "customer_id", days=90, end=DAY + 364)
    told = {
        name: (s - DAY, left - DAY) for name, s, left in zip(found.ids, found.second, found.left, strict=True)
    }
    assert told["a"] == (10, 110)
    assert np.isnan(told["b"]).all()  # a second order has never come
    assert told["c"] == (200, 300)  # the gap before the second order is none
    assert told["d"] == (5, 95)
    assert told["e"][0] == 340
    assert np.isnan(told["e"][1])
    assert np.isnan(told["f"]).all()  # two orders of one day
    assert found.there(DAY + 100).tolist() == [True, False, False, False, False, False]


def test_months_without_churned_at_are_those_of_who_orders(tmp_path):
    data = ordered(a=[0, 10, 20], b=list(range(0, 360, 20)), c=[0])
    surveys = pd.DataFrame({"survey_id": [f"S{i}" for i in range(300)], "kind": "nps", "customer_id": "b"})
    surveys["sent_at"] = surveys["responded_at"] = [
        str(np.datetime64("2019-01-02") + i) + "T09:00Z" for i in range(300)
    ]
    surveys["score"] = 9
    data = cx.load(
        {"surveys": surveys, **{name: data.frame(name) for name in ("orders", "customers")}},
        as_of="2019-12-31",
    )
    months = cx.account_months(data, start=date(2019, 2, 1))
    counted = np.bincount(months.account, minlength=3)
    assert counted[0] == 3  # February to April: lapsed on 21 April
    assert counted[1] == len(set(months.day))
    assert counted[2] == 0
    assert months.churned[0] == DAY + 110


def test_without_orders_the_message_says_what_to_add():
    surveys = pd.DataFrame(
        {
            "survey_id": ["1"],
            "kind": "nps",
            "sent_at": "2019-01-02T09:00Z",
            "responded_at": "2019-01-02T09:00Z",
        }
    )
    surveys["score"], surveys["customer_id"] = 9, "a"
    data = cx.load(
        {"surveys": surveys, "customers": pd.DataFrame({"customer_id": ["a"]})}, as_of="2019-12-31"
    )
    with pytest.raises(cx.CxError, match=r"no churned_at in customers, and no orders by customer_id"):
        cx.backtest_health(data)
