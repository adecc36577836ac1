"""Metrics of orders: what comes back, what does not arrive, and what makes customers write."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cxlib.metrics.metric import Exposure, Metric

__all__ = ["INR_RATE", "METRICS", "ORDER_CONTACT_RATE", "RETURN_RATE", "RETURN_RATE_VARIANTS"]

_KEPT = "NOT is_cancelled"
_CANCELLED = {"cancelled": "is_cancelled"}
_RETURNED = "returned_at IS NOT NULL AND returned_at - ordered_at <= horizon"
# 30 days after the promise, else the horizon after the order, whatever the tracking says.
_DUE = "COALESCE(promise_due_at, ordered_at + horizon)"
_CLAIMED = f"not_received_at IS NOT NULL AND not_received_at <= {_DUE}"

ORDER_CONTACT_RATE = Metric(
    "order_contact_rate",
    table="orders",
    kind="share",
    where="customer_id IS NOT NULL",
    value="next_contact_at IS NOT NULL AND next_contact_at - ordered_at <= horizon",
    basis="ordered_at",
    horizon_days=30,
    unit="%",
    direction="down",
    definition="Share of orders whose customer made contact within 30 days.",
    excluded={"no_customer": "customer_id IS NULL"},
)

RETURN_RATE = Metric(
    "return_rate",
    table="orders",
    kind="share",
    where=_KEPT,
    value=_RETURNED,
    basis="ordered_at",
    horizon_days=45,
    unit="%",
    direction="down",
    definition="Share of orders, cancelled ones apart, of which something came back within 45 days; a "
    "partial return counts the order once.",
    excluded=_CANCELLED,
)

RETURN_RATE_VARIANTS: Final[Mapping[str, Metric]] = {
    "orders": RETURN_RATE,
    "units": replace(
        RETURN_RATE,
        kind="rate",
        where=f"{_KEPT} AND units IS NOT NULL",
        value=f"CASE WHEN {_RETURNED} THEN LEAST(COALESCE(units_returned, units), units) ELSE 0 END",
        exposure=Exposure(
            "orders", value="units", basis="ordered_at", where=f"{_KEPT} AND units IS NOT NULL"
        ),
        scale=100,
        definition="Units that came back within 45 days per 100 units ordered, cancelled orders apart.",
        excluded=_CANCELLED | {"no_units": f"{_KEPT} AND units IS NULL"},
        variant="units",
    ),
}
"""return_rate by what ``[definitions] return_rate`` may say."""

INR_RATE = Metric(
    "inr_rate",
    table="orders",
    kind="share",
    where=_KEPT,
    value=_CLAIMED,
    basis="ordered_at",
    horizon_days=60,
    unit="%",
    direction="down",
    definition="Share of orders, cancelled ones apart, reported as not received within 30 days of the "
    "promised delivery, or within 60 days of the order where none was promised; a later delivery changes "
    "nothing.",
    excluded=_CANCELLED,
    # A promise far ahead is due after the 60 days: its period waits for it.
    provisional=f"{_KEPT} AND NOT ({_CLAIMED}) AND {_DUE} > as_of",
)

METRICS = (ORDER_CONTACT_RATE, RETURN_RATE, INR_RATE)
