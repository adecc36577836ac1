"""Words for pieces of the answer that several nouns share."""

from datetime import datetime

from cxlib.text import format_count

__all__ = ["WHY_EXCLUDED", "evidence_text", "in_sentence", "instant_text", "likely_words", "times_text"]

_MOST_DIGITS = 6  # beyond a million to one a model knows no better
_STREAM_WORDS = {
    "score": "the value within segments",
    "contacts": "contacts",
    "reach": "how many were asked",
    "response": "how many happy and unhappy people answered",
    "text": "words, component and scope of the log",
}
_STEPS = {0.99: "almost certainly", 0.9: "very likely", 0.5: "probably", 0.1: "possibly", 0.01: "hardly"}
WHY_EXCLUDED = {
    "after_onset": "released after the shift had begun",
    "out_of_range": "released too long before the shift",
    "reverted_before_onset": "taken back before the shift began",
    "out_of_scope": "meant for none of the customers who moved",
    "bad_date": "logged without a date that can be relied upon",
}


def evidence_text(stream: str, value: float) -> str:
    """One stream's log10 Bayes factor in words."""
    words = _STREAM_WORDS[stream]
    if abs(value) < 0.5:
        return f"{words}: says little either way"
    side = "for" if value > 0 else "against"
    if abs(value) > _MOST_DIGITS:
        return f"{words}: more than {format_count(10**_MOST_DIGITS)} to 1 {side} it"
    return f"{words}: {format_count(10 ** abs(value))} to 1 {side} it"


def times_text(ratio: float) -> str:
    """How many times likelier, never beyond what a model can know.

    Examples
    --------
    >>> times_text(3.2), times_text(1.1), times_text(1e30)
    ('3 times', 'hardly', 'more than 1\u2009000\u2009000 times')
    """
    if ratio < 1.5:
        return "hardly"
    most = 10**_MOST_DIGITS
    return f"more than {format_count(most)} times" if ratio > most else f"{format_count(ratio)} times"


def likely_words(p: float) -> str:
    """How likely something is, for somebody who reads no probabilities.

    Examples
    --------
    >>> likely_words(0.999), likely_words(0.7), likely_words(0.001)
    ('almost certainly', 'probably', 'almost certainly not')
    """
    return next((words for least, words in _STEPS.items() if p > least), "almost certainly not")


def in_sentence(label: str) -> str:
    """A metric's label inside a sentence: NPS stays, Contact rate loses its capital.

    Examples
    --------
    >>> in_sentence("NPS"), in_sentence("Contact rate")
    ('NPS', 'contact rate')
    """
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def instant_text(moment: datetime) -> str:
    """An instant as the contract spells it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
