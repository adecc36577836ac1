"""Show one aspect of a result in a notebook: a figure with its alt text, a table with its caption."""

from collections.abc import Callable, Mapping
from typing import Any

from cxlib.errors import UnknownNameError, UsageError
from cxlib.reporting import views_finding, views_headline
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.finding import Finding
from cxlib.reporting.headline import Headline
from cxlib.reporting.plots import plot
from cxlib.text import join_words

__all__ = ["show"]

_VIEWS: Mapping[type, Mapping[str, Callable[[Any], View]]] = {
    Headline: {
        "table": views_headline.table,
        "trends": views_headline.trends,
        "missing": views_headline.missing,
        "definitions": views_headline.definitions,
    },
    Finding: {
        "answer": views_finding.answer,
        "series": views_finding.series,
        "split": views_finding.split,
        "segments": views_finding.segments,
        "sends": views_finding.sends,
        "probabilities": views_finding.probabilities,
        "suspects": views_finding.suspects,
        "excluded": views_finding.excluded,
        "caveats": views_finding.caveats,
    },
}


def show(result: Any, view: str = "figure") -> View:  # noqa: ANN401 - any result noun
    """One aspect of a result, ready for a page.

    Parameters
    ----------
    result : result noun
        A Headline, a Finding, or anything that `plot` draws.
    view : str
        Of a Headline: table, trends, missing, definitions. Of a Finding: answer, series, split, segments,
        sends, probabilities, suspects, excluded, caveats. Of anything else: figure.

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
    if view != "figure" or not hasattr(result, "text"):
        raise UsageError(
            "view",
            found=f"{view!r} of {type(result).__name__}",
            expected=f"'figure', or a result of {join_words([kind.__name__ for kind in _VIEWS], last='or')}",
            fix="leave the view out",
        )
    return figure_view(lambda axes: plot(result, ax=axes), alt=result.text.partition("\n")[0])
