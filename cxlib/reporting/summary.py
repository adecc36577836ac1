"""The end of a page: what it found, in words that the report's first page collects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cxlib.reporting.complete import END_MARKER
from cxlib.text import escape

__all__ = ["QUESTIONS", "EndPage", "PageSummary", "end_page"]

QUESTIONS: Mapping[str, str] = {
    "moved": "What moved",
    "sure": "How sure",
    "why": "Why",
    "action": "What to do",
    "unknown": "Not known",
}


@dataclass(frozen=True, slots=True)
class PageSummary:
    """What a result contributes to the first page.

    Parameters
    ----------
    lines : mapping of str to tuple of str
        Sentences for the keys of `QUESTIONS`.
    lights : tuple of mapping
        One a headline metric: metric, label, state (better, worse, wait), words.
    numbers : mapping of str to mapping
        Metric to value, n and unit, by which the next revision tells what changed.
    definitions : mapping of str to str
        Metric to the hash of its definition.
    health : mapping
        Empty, or the scores that are published: `as_of` (ISO 8601) and `scores` (account to 0-100).
    """

    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lights: tuple[Mapping[str, str], ...] = ()
    numbers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, Any] = field(default_factory=dict)


class _Summarised(Protocol):
    def summary(self) -> PageSummary: ...


@dataclass(frozen=True, slots=True)
class EndPage:
    """The end marker of a monthly notebook: shown as a line, carried as data."""

    content: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The sentences, one a line."""
        lines = self.content["lines"]
        return "\n".join(sentence for key in QUESTIONS for sentence in lines.get(key, ()))

    def __repr__(self) -> str:
        return self.text or "End of this page."

    def _repr_mimebundle_(
        self,
        include: object = None,  # noqa: ARG002 - the display protocol passes both
        exclude: object = None,  # noqa: ARG002 - the same
    ) -> dict[str, Any]:
        return {
            "text/plain": repr(self),
            "text/html": f'<p class="wait">{escape("End of this page.")}</p>',
            END_MARKER: dict(self.content),
        }


def end_page(*results: object) -> EndPage:
    """End a monthly notebook; its report is published only if this is reached.

    Parameters
    ----------
    *results : result nouns
        What the page found. Those that know their `summary()` say what moved, how sure that is, why, what to
        do and what is not known; of any other noun the first sentence of its text is taken as what moved.

    Returns
    -------
    EndPage
        To be the value of the last cell.

    Examples
    --------
    >>> end_page()
    End of this page.
    """
    lines: dict[str, list[str]] = {key: [] for key in QUESTIONS}
    lights: list[Mapping[str, str]] = []
    numbers: dict[str, Mapping[str, Any]] = {}
    definitions: dict[str, str] = {}
    health: dict[str, Any] = {}
    for result in results:
        summary = _summary(result)
        for key, sentences in summary.lines.items():
            lines[key] += [sentence for sentence in sentences if sentence not in lines[key]]
        lights += summary.lights
        numbers |= summary.numbers
        definitions |= summary.definitions
        health |= summary.health
    content = {"lines": lines, "lights": lights, "numbers": numbers, "definitions": definitions}
    return EndPage({"schema": "cxlib.page/1"} | content | ({"health": health} if health else {}))


def _summary(result: Any) -> PageSummary:  # noqa: ANN401 - any noun with a text
    if hasattr(result, "summary"):
        own: _Summarised = result
        return own.summary()
    first = str(getattr(result, "text", "")).partition("\n")[0]
    return PageSummary(lines={"moved": (first,)} if first else {})
