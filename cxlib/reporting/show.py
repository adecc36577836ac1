"""Show one aspect of a result in a notebook: a figure with its alt text, a table with its caption."""

from collections.abc import Callable, Mapping
from typing import Any

from cxlib.changes.investigation import Investigation
from cxlib.errors import UnknownNameError, UsageError
from cxlib.health.opportunities import Opportunities
from cxlib.reporting import (
    views_account,
    views_churn,
    views_finding,
    views_headline,
    views_health,
    views_split,
    views_suspects,
    views_worklists,
)
from cxlib.reporting.account_page import AccountPage
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.finding import Finding
from cxlib.reporting.headline import Headline
from cxlib.reporting.health_month import HealthMonth
from cxlib.reporting.plots import plot
from cxlib.reporting.tables import sentence_html
from cxlib.text import join_words

__all__ = ["show"]

_OF_INVESTIGATION: Mapping[str, Callable[[Investigation], View]] = {
    "figure": views_finding.series,
    "answer": views_finding.answer,
    "details": views_finding.details,
    "series": views_finding.series,
    "split": views_split.split,
    "segments": views_split.segments,
    "asked": views_split.asked,
    "sends": views_split.sends,
    "balance": views_split.balance,
    "authors": views_split.authors,
    "probabilities": views_suspects.probabilities,
    "suspects": views_suspects.suspects,
    "explained": views_suspects.explained,
    "excluded": views_suspects.excluded,
    "placebo": views_finding.placebo,
    "caveats": views_finding.caveats,
}


def _of_finding(view: Callable[[Investigation], View]) -> Callable[[Finding], View]:
    """A view of an investigation as one of a month; where nothing was investigated the reasons stand."""

    def shown(finding: Finding) -> View:
        if finding.investigation is None:
            return views_finding.sentence_view(finding.text.replace("\n", " "))
        return view(finding.investigation)

    return shown


_OF_HEALTH: Mapping[str, Callable[[HealthMonth], View]] = {
    "answer": views_health.answer,
    "scores": views_health.month_view("scores", views_health.scores_view),
    "closer": views_worklists.closer,
    "worst": views_health.month_view("scores", views_worklists.worst),
    "movement": views_health.part_view("movement", views_health.movement_view),
    "heard": views_health.part_view("movement", views_health.heard),
    "csm": views_health.part_view("csm", views_health.rollup_view),
    "team": views_health.part_view("team", views_health.rollup_view),
    "renewals": views_health.part_view("opportunities", views_worklists.renewals),
    "overdue": views_health.part_view("opportunities", views_worklists.overdue),
    "expansion": views_health.part_view("opportunities", views_worklists.expansion),
    "overrides": views_health.month_view("overrides", views_worklists.in_force),
    "review": views_health.part_view("review", views_worklists.review_view),
    "backtest": views_health.part_view("backtest", views_churn.backtest_view),
    "forecast": views_health.part_view("forecast", views_churn.forecast_view),
    "caveats": views_health.caveats,
}
_VIEWS: Mapping[type, Mapping[str, Callable[[Any], View]]] = {
    Headline: {
        "table": views_headline.table,
        "trends": views_headline.trends,
        "missing": views_headline.missing,
        "definitions": views_headline.definitions,
    },
    Investigation: _OF_INVESTIGATION,
    HealthMonth: _OF_HEALTH,
    Opportunities: {
        "overdue": views_worklists.overdue,
        "renewals": views_worklists.renewals,
        "expansion": views_worklists.expansion,
    },
    AccountPage: {
        "answer": views_account.answer,
        "facts": views_account.facts,
        "history": views_account.history,
        "score": views_account.score,
        "tickets": views_account.records("tickets"),
        "surveys": views_account.records("surveys"),
        "interactions": views_account.records("interactions"),
        "overrides": views_account.overrides,
        "caveats": views_account.caveats,
    },
    Finding: {name: _of_finding(view) for name, view in _OF_INVESTIGATION.items()},
}


def show(result: Any, view: str = "figure") -> View:  # noqa: ANN401 - any result noun
    """One aspect of a result, ready for a page.

    Parameters
    ----------
    result : result noun
        A Headline, a Finding, an Investigation, a HealthMonth, an AccountPage, Opportunities, or anything
        that `plot` draws.
    view : str
        Of a Headline: table, trends, missing, definitions. Of an Investigation or a Finding: answer, details,
        series, split, segments, asked, sends, balance, authors, probabilities, suspects, explained, excluded,
        placebo, caveats. Of a HealthMonth: answer, scores, closer, worst, movement, heard, csm, team,
        renewals, overdue, expansion, overrides, review, backtest, forecast, caveats. Of an AccountPage:
        answer, facts, history, score, tickets, surveys, interactions, overrides, caveats. Of Opportunities:
        overdue, renewals, expansion. Of anything else: figure, text.

    Returns
    -------
    View
        A figure's alt text and its title are the first sentence of the result.

    Raises
    ------
    UnknownNameError
        If the result has no such view.
    UsageError
        If nothing of the kind can be shown.

    Examples
    --------
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2020-01-01", "2020-02-29").strftime("%Y-%m-%dT09:00Z")
    >>> tickets = pd.DataFrame({"ticket_id": [str(day) for day in range(len(days))], "created_at": days})
    >>> data = cx.load({"tickets": tickets}, as_of="2020-03-01")
    >>> cx.show(cx.measure(data, "ticket_volume"))  # doctest: +NORMALIZE_WHITESPACE
    ticket_volume in 2020-02: 29 tickets (95 % interval [19.4, 41.6]). Against 2020-01
    that is −2 tickets, which is within noise.
    """
    views = next((views for kind, views in _VIEWS.items() if isinstance(result, kind)), None)
    if views is not None:
        if view not in views:
            raise UnknownNameError("view", view, views)
        return views[view](result)
    if view == "text" and hasattr(result, "text"):
        return View(
            "".join(f"<p>{sentence_html(line)}</p>" for line in result.text.splitlines()), result.text
        )
    if view != "figure" or not hasattr(result, "text"):
        raise UsageError(
            "view",
            found=f"{view!r} of {type(result).__name__}",
            expected=f"'figure', or a result of {join_words([kind.__name__ for kind in _VIEWS], last='or')}",
            fix="leave the view out",
        )
    return figure_view(lambda axes: plot(result, ax=axes), alt=result.text.partition("\n")[0])
