"""The first page of a report: five sentences, then where they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxlib.reporting.accessible import mend
from cxlib.reporting.execute import Page
from cxlib.reporting.month import ReportMonth
from cxlib.reporting.page import render_page
from cxlib.reporting.quality import DataQuality
from cxlib.reporting.sanitise import sanitise
from cxlib.reporting.summary import QUESTIONS
from cxlib.reporting.tables import sentence_html
from cxlib.text import escape, format_count, format_day, format_value, join_words

__all__ = ["Origin", "render_index"]

_NOTHING = {
    "moved": "No page of this report measured anything.",
    "sure": "Nothing was judged.",
    "why": "No cause was looked for.",
    "action": "Nothing follows from these data alone.",
    "unknown": "No open question was recorded.",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from: what it takes to make it again."""

    command: str
    fingerprint: str
    settings: str
    identity: str
    revision: int
    versions: Mapping[str, str]
    changed: tuple[str, ...] = ()


def render_index(
    month: ReportMonth,
    quality: DataQuality,
    pages: Sequence[Page],
    origin: Origin,
) -> str:
    """The page that readers open first.

    Parameters
    ----------
    month : ReportMonth
        What is reported.
    quality : DataQuality
        The conservation line of every table.
    pages : sequence of Page
        In reading order.
    origin : Origin
        How to make it again.
    """
    markers = [page.marker for page in pages]
    lines = {key: [s for marker in markers for s in marker["lines"].get(key, ())] for key in QUESTIONS}
    body = "".join(
        [
            _summary(lines),
            _lights([light for marker in markers for light in marker.get("lights", ())]),
            _standing(month, quality),
            _changed(origin),
            _pages(pages),
            f"<h2>Data quality</h2>{quality.html}",
            _reproduce(origin),
        ]
    )
    mended = mend(f"<h1>Customer experience report</h1>{sanitise(body)}")
    return render_page(
        mended.html,
        headings=mended.headings,
        title=f"Customer experience, {month.title}",
        kicker="Provisional report" if month.provisional else "Final report",
        pages={"index.html": "Summary"} | {page.name: page.body.title for page in pages},
        here="index.html",
        footer=f"Made by cxlib {origin.versions['cxlib']}. Every number is computed from these data.",
    )


def _summary(lines: Mapping[str, Sequence[str]]) -> str:
    rows = "".join(
        f"<div><dt>{escape(question)}</dt>"
        f"<dd>{sentence_html(' '.join(lines[key]) or _NOTHING[key])}</dd></div>"
        for key, question in QUESTIONS.items()
    )
    return f'<dl class="summary">{rows}</dl>'


def _lights(lights: Sequence[Mapping[str, str]]) -> str:
    if not lights:
        return ""
    items = "".join(
        f"<li>{escape(light['label'])}: "
        f'<span class="{escape(light["state"])}">{escape(light["words"])}</span></li>'
        for light in lights
    )
    return f'<ul class="lights">{items}</ul>'


def _standing(month: ReportMonth, quality: DataQuality) -> str:
    state = (
        f"Provisional: numbers of {month.title} can change until {format_day(month.final_at)}."
        if month.provisional
        else f"Final: no later data change the numbers of {month.title}."
    )
    through = f"Data through {format_day(quality.through)}." if quality.through else "No dated rows."
    seen = f"Seen as of {format_day(month.as_of)}, {month.as_of:%H:%M} UTC."
    kind = "box warn" if quality.banner else "box"
    return f'<div class="{kind}"><p>{escape(" ".join([through, seen, state, *quality.banner]))}</p></div>'


def _changed(origin: Origin) -> str:
    if origin.revision == 1:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in origin.changed)
    listed = f"<ul>{items}</ul>" if items else "<p>No headline number differs.</p>"
    return f'<div class="box"><p>Revision {origin.revision}. Changed since the one before:</p>{listed}</div>'


def _pages(pages: Sequence[Page]) -> str:
    items = "".join(f'<li><a href="{escape(page.name)}">{escape(page.body.title)}</a></li>' for page in pages)
    return f"<h2>Pages</h2><ul>{items}</ul>"


def _reproduce(origin: Origin) -> str:
    versions = join_words([f"{name} {version}" for name, version in origin.versions.items()])
    facts = {
        "Data fingerprint": origin.fingerprint,
        "Settings": origin.settings,
        "Identity of this run": origin.identity,
        "Versions": versions,
    }
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>"
        for name, value in facts.items()
    )
    caption = "<caption>What this report was made from</caption>"
    return (
        f"<h2>How to reproduce</h2><pre>{escape(origin.command)}</pre>"
        "<p>The same data give the same bytes; <code>manifest.json</code> holds each file's SHA-256.</p>"
        f"<table>{caption}<tbody>{rows}</tbody></table>"
    )


def what_changed(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Sentences on the numbers of two revisions that differ: ``NPS 41.2 → 40.8, +14 responses``.

    Parameters
    ----------
    before, after : mapping of str to mapping
        Metric to label, value, n and unit.

    Examples
    --------
    >>> old = {"nps": {"label": "NPS", "value": 41.2, "n": 100, "unit": "points"}}
    >>> what_changed(old, {"nps": old["nps"] | {"value": 40.8, "n": 114}})
    ('NPS 41.2 points → 40.8 points, n 100 → 114',)
    """
    lines = []
    for metric, now in after.items():
        then = before.get(metric)
        if then is None:
            lines.append(f"{now['label']} is new")
        elif (then["value"], then["n"]) != (now["value"], now["n"]):
            values = [format_value(_number(one["value"]), one["unit"]) for one in (then, now)]
            counts = [format_count(_number(one["n"])) for one in (then, now)]
            lines.append(f"{now['label']} {' → '.join(values)}, n {' → '.join(counts)}")
    gone = [then["label"] for metric, then in before.items() if metric not in after]
    return (*lines, *(f"{label} is no longer reported" for label in gone))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
