"""The investigation of a month: the first headline metric that the data allow, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlib.changes.investigate import investigate
from cxlib.changes.investigation import Investigation
from cxlib.errors import CxError
from cxlib.reporting.headline import releases_between
from cxlib.reporting.month import ReportMonth
from cxlib.reporting.opening import OpenedMonth
from cxlib.reporting.summary import PageSummary
from cxlib.result import Caveat, Result
from cxlib.text import (
    format_interval,
    format_probability,
    format_value,
    join_words,
    metric_label,
    unit_of_change,
)

__all__ = ["Finding", "investigate_month"]


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Result):
    """What the changes page shows.

    Parameters
    ----------
    month : ReportMonth
        What is reported.
    investigation : Investigation or None
        None: nothing could be investigated.
    releases : DataFrame
        Logged changes of the window: change_id, released_at (local day), title.
    missing : mapping of str to str
        Metric to the reason for which it was not investigated.
    """

    month: ReportMonth
    investigation: Investigation | None
    releases: pd.DataFrame
    missing: Mapping[str, str]

    @property
    def table(self) -> pd.DataFrame:
        """The suspects; empty without an investigation."""
        return (
            self.investigation.table
            if self.investigation
            else pd.DataFrame(columns=["change_id", "probability"])
        )

    @property
    def text(self) -> str:
        """The answer first."""
        if self.investigation is not None:
            return self.investigation.text
        reasons = [f"{metric_label(name)}: {why}" for name, why in self.missing.items()]
        return "\n".join(["Nothing was investigated in this month.", *reasons])

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """Those of the investigation."""
        return self.investigation.caveats if self.investigation else ()

    def summary(self) -> PageSummary:
        """What the first page says of it."""
        if self.investigation is None:
            return PageSummary(lines={"unknown": (self.text.replace("\n", " "),)})
        found = self.investigation.to_dict()
        return PageSummary(
            lines={
                "sure": (_sure(found),),
                "why": self._why(),
                "action": self.investigation.words.next_steps,
                "unknown": tuple(caveat["text"] for caveat in found["caveats"][:2]),
            }
        )

    def _why(self) -> tuple[str, ...]:
        """The verdict, how it came about, and where most of it lies."""
        words = self.investigation.words if self.investigation else None
        return (words.answer[0], words.plain, *words.answer[1:2]) if words else ()


def investigate_month(opened: OpenedMonth) -> Finding:
    """Investigate the first headline metric that the data allow, from the month before to the month's end.

    Parameters
    ----------
    opened : OpenedMonth
        What `open_month` returned.

    Examples
    --------
    Three answers a day: 8, 9 and 10 in January, 6, 7 and 8 in February; there is no log of changes.

    >>> import tempfile
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2020-01-01", "2020-02-29").strftime("%Y-%m-%dT09:00Z")
    >>> scores = [(8 if day < "2020-02-01" else 6) + one for day in days for one in range(3)]
    >>> surveys = pd.DataFrame({"sent_at": days.repeat(3), "responded_at": days.repeat(3), "score": scores})
    >>> surveys = surveys.assign(survey_id=[f"S{row}" for row in surveys.index], kind="nps")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     surveys.to_csv(f"{folder}/surveys.csv", index=False)
    ...     opened = cx.open_month(folder, "2020-02")
    >>> found = cx.investigate_month(opened).investigation
    >>> found.verdict, round(found.shift["change"], 1)
    ('no_change_explains_it', -100.0)
    """
    data, month = opened.data, opened.month
    start, end = month.previous_start, month.end
    releases = releases_between(data, start, end)
    missing: dict[str, str] = {}
    for metric in data.settings.report["metrics"]:
        try:
            found = investigate(data, metric, start=start, end=end)
        except CxError as error:
            missing[metric] = str(error)
        else:
            return Finding(month, found, releases, missing)
    return Finding(month, None, releases, missing)


def _sure(found: Mapping[str, Any]) -> str:
    """How sure the shift is, how large, and how the probability is spread."""
    shift, unit = found["shift"], unit_of_change(found["unit"])
    label = metric_label(found["metric"])
    moved = f"That {label} shifted has probability {format_probability(shift['probability'])}"
    if shift["change"] is not None and shift["interval"] is not None:
        change, (low, high) = format_value(shift["change"], unit, signed=True), shift["interval"]
        moved += f" ({change} {format_interval(low, high, unit)})"
    shares = [
        f"{_hypothesis(row)} {format_probability(row['probability'])}"
        for row in found["suspects"]
        if row["probability"] >= 0.05
    ]
    cause = f"the cause: {join_words(shares[:4])}" if shares else "no single cause stands out"
    return f"{moved}; {cause}."


def _hypothesis(row: Mapping[str, Any]) -> str:
    return (
        str(row["change_id"]) if row["hypothesis"] == "change" else str(row["hypothesis"]).replace("_", " ")
    )
