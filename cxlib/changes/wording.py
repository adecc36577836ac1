"""Words for pieces of the answer that several nouns share."""

from datetime import datetime

from cxlib.text import format_count

__all__ = ["evidence_text", "instant_text"]

_MOST_DIGITS = 6  # beyond a million to one a model knows no better
_STREAM_WORDS = {
    "score": "the score within segments",
    "contacts": "contacts",
    "reach": "how many were asked",
    "response": "how many happy and unhappy people answered",
    "text": "words, component and scope of the log",
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


def instant_text(moment: datetime) -> str:
    """An instant as the contract spells it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
