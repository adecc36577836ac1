"""What is concluded from the probabilities: the mechanisms, and the verdict in the contract's words."""

from collections.abc import Mapping

from cxlib.changes.hypotheses import Place
from cxlib.changes.investigation import Verdict
from cxlib.changes.posterior import Posterior
from cxlib.changes.question import Question
from cxlib.changes.shift import Shift
from cxlib.changes.suspects import Suspects

__all__ = ["likeliest_mechanism", "mechanisms_of", "verdict_of"]

_POWER_Z = 2.8015852  # 95 % two-sided and power 80 %: 1.96 + 0.84


def mechanisms_of(posterior: Posterior) -> dict[str, float]:
    """Probabilities of the four mechanisms.

    Parameters
    ----------
    posterior : Posterior
        Of one question.

    Returns
    -------
    dict of str to float
        audience, service, exogenous and none; they sum to 1.
    """
    audience = sum(item.by_mechanism.get("audience", 0.0) for item in posterior.weighed)
    service = sum(item.by_mechanism.get("service", 0.0) for item in posterior.weighed)
    return {
        "audience": audience,
        "service": service,
        "exogenous": posterior.unlogged,
        "none": posterior.no_change,
    }


def likeliest_mechanism(mechanisms: Mapping[str, float]) -> str:
    """The likeliest of the four mechanisms."""
    return max(mechanisms, key=lambda name: mechanisms[name])


def verdict_of(question: Question, suspects: Suspects, shift: Shift) -> Verdict:
    """The verdict: a change from p .5 on, named from .9 on; no shift only where one would have been seen.

    Parameters
    ----------
    question, suspects, shift
        What was asked, the probabilities, and whether anything moved.

    Returns
    -------
    str
        One of the contract's verdicts.
    """
    top = suspects.top
    if top is not None and top.probability >= 0.5:
        return "change_named" if top.probability >= 0.9 else "change_likely"
    if shift.detected and suspects.unlogged >= 0.5:
        return "no_change_explains_it"
    if suspects.no_change >= 0.5 and _has_power(question):
        return "no_shift"
    return "not_established"


def _has_power(question: Question) -> bool:
    """Whether the smallest step that matters, in mid-window, would be seen four times in five."""
    field = next(one for one in question.model.fields if one.mechanism == "service")
    everywhere = [index for index, place in enumerate(field.places) if place == Place((), None)]
    middle = field.sd.shape[1] // 2
    sd = float(field.sd[0, middle, everywhere[0]])
    scale = 1.0 if question.is_count else question.to_unit("service")
    return _POWER_Z * sd * scale <= question.smallest
