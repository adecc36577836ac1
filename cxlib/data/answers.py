"""Prepared columns of surveys: superseded, delivered, satisfied, dissatisfied."""

from typing import TYPE_CHECKING, Final, cast

import numpy as np
import sqlglot
from sqlglot import exp

from cxlib.data.clock import date_to_day, day_to_date, local_day_number, local_midnight_us, periods
from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import column, instant_range, number, rows_of, step_of, table_rows
from cxlib.errors import ConfigError

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["SURVEYS", "csat_bounds", "survey_facts"]

# Ties of the instant are settled by the id, so that the order of rows never matters.
_FACTS: Final = """
SELECT *,
  scored AND customer_id IS NOT NULL AND place > 1 AS superseded,
  delivered_at IS NOT NULL OR responded_at IS NOT NULL OR NOT deliveries_known AS delivered,
  kind = 'csat' AND scored AND score >= :good AS satisfied,
  kind = 'csat' AND scored AND score <= :bad AS dissatisfied
FROM (
  SELECT *,
    ROW_NUMBER() OVER (
      PARTITION BY kind, customer_id, scored, answered_in ORDER BY :order, survey_id DESC
    ) AS place,
    MAX(delivered_at) OVER (PARTITION BY kind) IS NOT NULL AS deliveries_known
  FROM (
    SELECT *, score IS NOT NULL AND responded_at IS NOT NULL AS scored, :month AS answered_in
    FROM surveys_rows
  ) AS dated
) AS ranked
"""


def survey_facts(data: "Dataset") -> exp.Select:
    """The rows of surveys with their prepared columns.

    An answer is superseded by a later scored one of the same customer and kind in the same local month
    (``[definitions] responses = "latest"``), or by an earlier one (``"first"``); without a customer by none.

    Parameters
    ----------
    data : Dataset
        Its settings give the scale of csat and which answers count.

    Raises
    ------
    ConfigError
        If ``responses`` is ``"all"``, which needs clustered intervals.
    """
    responses = data.settings.definitions["responses"]
    if responses == "all":
        raise ConfigError(
            "cxlib.toml, definitions.responses",
            found="'all'",
            expected="'latest' or 'first': intervals of repeated answers are not offered yet",
            fix='set responses = "latest"',
        )
    good, bad = csat_bounds(str(data.settings.surveys["csat"]["scale"]))
    answered = column("responded_at")
    query = exp.replace_placeholders(
        sqlglot.parse_one(_FACTS, dialect="duckdb"),
        good=number(good),
        bad=number(bad),
        order=answered if responses == "first" else exp.Ordered(this=answered, desc=True),
        month=_local_month(data, answered),
    )
    return cast(exp.Select, query)


def csat_bounds(scale: str) -> tuple[float, float]:
    """Lowest satisfied and highest dissatisfied score of a scale.

    Binary: good; 3 points: the top one; 4 to 7: the top two; 8 to 10: the top three. Dissatisfied is the
    mirror.

    Parameters
    ----------
    scale : str
        ``"binary"``, or ``"1-3"`` to ``"1-10"``.

    Examples
    --------
    >>> csat_bounds("1-5"), csat_bounds("binary"), csat_bounds("1-10")
    ((4.0, 2.0), (1.0, 0.0), (8.0, 3.0))
    """
    if scale == "binary":
        return 1.0, 0.0
    points = int(scale.split("-")[1])
    boxes = 1 if points <= 3 else 2 if points <= 7 else 3
    return float(points - boxes + 1), float(boxes)


def _local_month(data: "Dataset", instant: exp.Expr) -> exp.Expr:
    """Number of the local month of an instant: a CASE over the first instants of the months."""
    first, last = instant_range(data, "surveys", instant.name)
    low, high = (day_to_date(int(day)) for day in local_day_number(np.array([first, last]), data.zone))
    months = periods("M", low, day_to_date(date_to_day(high) + 1))
    starts = [local_midnight_us(date_to_day(month.start), data.zone) for month in months[1:]]
    return step_of(instant, starts, range(len(starts) + 1))


def _make(order: Order) -> Prepared:
    """The rows of surveys with their prepared columns."""
    rows = table_rows(order.data, order.engine, "surveys", extra=order.extra)
    return Prepared(
        "surveys_prepared", {rows_of("surveys"): rows, "surveys_prepared": survey_facts(order.data)}
    )


_SCORED: Final = (("surveys", ("responded_at", "score")),)

SURVEYS: Final = Maker(
    columns={"superseded": "bool", "delivered": "bool", "satisfied": "bool", "dissatisfied": "bool"},
    needs={"superseded": _SCORED, "satisfied": _SCORED, "dissatisfied": _SCORED},
    make=_make,
)
"""Maker of the prepared columns of surveys."""
