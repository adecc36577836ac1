"""What is believed before the data speak: components, scopes and words, all taken from the data.

Words settle ties between changes of one day. They tilt where a change is expected to show (which reason,
which segment, the survey itself); the evidence decides whether it did.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.changes.panel import Segment

__all__ = ["Vocabulary", "scope_odds", "scope_of", "tokens"]

Floats = npt.NDArray[np.float64]

_WORD = re.compile(r"[a-z]+|[0-9]+")
_STEM = 6  # messages, messaging and message meet
_SHORTEST = 3
_MOSTLY = 0.75  # of a word's uses in titles are one component's
_BY_TITLES = 0.6
_NOT_EXPOSED = 6.0  # log-odds against a segment outside a change's scope: logs are not always right


def tokens(text: str) -> tuple[str, ...]:
    """Words of a text, cut to a crude stem.

    Examples
    --------
    >>> tokens("Messaging: retries (see APP-12)")
    ('messag', 'retrie', 'see', 'app')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return tuple(word[:_STEM] for word in _WORD.findall(spaced.lower()) if len(word) >= _SHORTEST)


class Vocabulary:
    """Weighs words by how rarely the log and the data use them.

    Parameters
    ----------
    changes : sequence of Change
        The whole log.
    subjects : mapping of str to str
        What a hypothesis is about (a reason, the survey), and the words that the data use for it.
    """

    __slots__ = ("_idf", "_spoken", "_subjects")

    def __init__(self, changes: Sequence[Change], subjects: Mapping[str, str]) -> None:
        texts = [set(tokens(change.words)) for change in changes]
        seen = Counter(word for text in texts for word in text)
        count = max(len(texts), 1)
        self._idf = {word: float(np.log((1 + count) / (1 + times)) + 1) for word, times in seen.items()}
        self._subjects = {name: set(tokens(text)) for name, text in subjects.items()}
        self._spoken = _spoken(changes)

    def similarity(self, text: str, subject: str) -> float:
        """Cosine of TF-IDF between a text and a subject, 0 to 1."""
        words, about = set(tokens(text)), self._subjects.get(subject, set())
        both = sum(self._weight(word) ** 2 for word in words & about)
        size = self._norm(words) * self._norm(about)
        return both / size if size > 0 else 0.0

    def owns(self, component: str, subject: str) -> float:
        """How far a component is the subject's, 0 to 1: by its name, else by what its changes are called."""
        about = self._subjects.get(subject, set())
        if set(tokens(component)) & about:
            return 1.0
        return _BY_TITLES if self._spoken.get(component, set()) & about else 0.0

    def _weight(self, word: str) -> float:
        return self._idf.get(word, 1.0)

    def _norm(self, words: set[str]) -> float:
        return float(np.sqrt(sum(self._weight(word) ** 2 for word in words)))


def _spoken(changes: Sequence[Change]) -> dict[str, set[str]]:
    """Words of titles that one component uses more than once and hardly any other does."""
    uses: dict[str, Counter[str]] = {}
    for change in changes:
        if change.owner:
            uses.setdefault(change.owner, Counter()).update(set(tokens(change.title)))
    everywhere = sum(uses.values(), Counter[str]())
    return {
        component: {w for w, n in counts.items() if n > 1 and n >= _MOSTLY * everywhere[w]}
        for component, counts in uses.items()
    }


def scope_odds(change: Change, segment: Segment, weight: float) -> float:
    """Log-odds that a change shows in a segment, by its scope and the values that its words name.

    A scope such as ``plan=premium; region=uk|ie`` is a fact: what it leaves out was not exposed. Words are
    a hint.

    Parameters
    ----------
    change : Change
        With title, description and scope.
    segment : Segment
        () is everybody.
    weight : float
        What a full match is worth.
    """
    scope = scope_of(change.scope)
    if scope:
        told = dict(segment)
        inside = [told.get(column) in values for column, values in scope.items() if column in told]
        if not all(inside):
            return -_NOT_EXPOSED
        return weight * (2 * len(inside) - len(scope)) / len(scope)
    if not segment:
        return 0.0
    said = set(_phrases(change))
    return weight * sum(_plain(value) in said for _, value in segment) / len(segment)


def scope_of(text: str) -> dict[str, set[str]]:
    """Columns and values of a scope; empty where it is plain words.

    Examples
    --------
    >>> scope_of("plan=premium; region=uk|ie") == {"plan": {"premium"}, "region": {"uk", "ie"}}
    True
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        column, equals, values = part.partition("=")
        if not equals:
            return {}
        found[column.strip()] = {value.strip() for value in values.split("|")}
    return found


def _plain(value: str) -> str:
    return " ".join(_WORD.findall(value.lower()))


def _phrases(change: Change) -> list[str]:
    """Runs of one to three words that the log uses of a change."""
    words = _WORD.findall(f"{change.title} {change.scope} {change.description}".lower())
    return [" ".join(words[at : at + size]) for size in (1, 2, 3) for at in range(len(words) - size + 1)]
