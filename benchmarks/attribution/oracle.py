"""The bound: the posterior of somebody who knows the company, the noise and the habits, but not the case.

The likelihood of counts and log is summed over what the generator drew: family, segment, reason, onset,
shape, size. It is exact up to the grids of sizes, and up to the shifted days of dirty logs.
"""

import numpy as np
from attribution import likelihood
from attribution.cases import Case
from attribution.cause import (
    AUDIENCE,
    DRAWN,
    LATE_SURVEYS,
    NEXT_DAY,
    SERVICE,
    act_chances,
    metric_chances,
    onset_days,
    release_chances,
    segment_chances,
    shape_chances,
)
from attribution.changelog import STYLES
from attribution.counts import CHANCE_Z, NOTICED_Z, SPAN, looks_worse, shown_on
from attribution.loglikelihood import LogModel
from attribution.prediction import Prediction
from scipy.special import logsumexp


class _Evidence:
    """Log ratios of the counts: by onset day and segment, and by reason for faults.

    Whatever would not have been noticed is impossible: nobody would have asked.
    """

    def __init__(self, case: Case) -> None:
        self.case, company, counts = case, case.company, case.counts
        self._tickets = likelihood.ticket_ratios(company, counts)
        self._csat = likelihood.csat_ratios(company, counts)
        self._nps = likelihood.nps_ratios(company, counts)
        self._known: dict[str, np.ndarray] = {}

    def service(self, shape: str) -> np.ndarray:
        """By onset day of the window, segment, reason."""
        if shape not in self._known:
            company = self.case.company
            soon, delayed = likelihood.service_curves(company, shape)
            total = likelihood.onset_ratios(self._tickets, likelihood.RISES, soon)
            total += likelihood.onset_ratios(self._csat, likelihood.CSAT_DROPS, soon)
            total += likelihood.onset_ratios(self._nps, likelihood.NPS_DROPS, delayed)
            chances = np.log(segment_chances(company, "service"))
            total = total.transpose(2, 1, 0) + chances[:, None] - np.log(total.shape[0])
            self._known[shape] = total + self._noticed("service", shape)[:, None, None]
        return self._known[shape]

    def audience(self, act: str) -> np.ndarray:
        """By onset day of the window and segment."""
        if act not in self._known:
            with np.errstate(divide="ignore"):
                chances = np.log(segment_chances(self.case.company, act))
            total = likelihood.send_ratios(self.case.company, self.case.counts, act).T + chances
            self._known[act] = total + self._noticed(act, "step")[:, None]
        return self._known[act]

    def _noticed(self, act: str, shape: str) -> np.ndarray:
        company, case = self.case.company, self.case
        lag, span = shown_on(company, case.metric, act, shape)
        days = range(company.history, company.days)
        seen = [looks_worse(company, case.metric, case.counts, day + lag, span, NOTICED_Z) for day in days]
        return np.where(seen, 0.0, -np.inf)

    def nothing(self) -> float:
        """Log ratio of no cause at all."""
        company, case = self.case.company, self.case
        days = (int(day) for day in onset_days(company))
        seen = (looks_worse(company, case.metric, case.counts, day, SPAN, CHANCE_Z) for day in days)
        return 0.0 if any(seen) else -np.inf


def oracle(case: Case) -> Prediction:
    """Weigh every logged change, an outside cause and none.

    Parameters
    ----------
    case : Case
        A generated case; its truth is not looked at.

    Returns
    -------
    Prediction
        The posterior.
    """
    evidence = _Evidence(case)
    model = LogModel(case.company, case.log, dirty=case.dirty)
    late = bool(np.flatnonzero(case.company.kernel)[0] >= 8)
    nothing = _prior(case, "no_cause", "none", late=late) + evidence.nothing()
    outside = _outside(case, evidence, late=late)
    service, audience = _guilty(case, evidence, model, late=late)
    whole = logsumexp([nothing, outside, *service, *audience])
    p_service, p_audience = np.exp(service - whole), np.exp(audience - whole)
    suspects: dict[str | None, float] = {None: float(np.exp(np.logaddexp(nothing, outside) - whole))}
    for entry, chance in zip(case.log, p_service + p_audience, strict=True):
        suspects[entry.change_id] = float(chance)
    mechanisms = {
        "none": float(np.exp(nothing - whole)),
        "exogenous": float(np.exp(outside - whole)),
        "service": float(p_service.sum()),
        "audience": float(p_audience.sum()),
    }
    return Prediction(suspects, mechanisms)


def _prior(case: Case, family: str, act: str, *, late: bool) -> float:
    """Log chance of drawing the family and the act, these surveys and this metric."""
    lateness = LATE_SURVEYS[family] if late else 1 - LATE_SURVEYS[family]
    asked = metric_chances(family, act).get(case.metric, 0.0)
    with np.errstate(divide="ignore"):
        return float(np.log(DRAWN[family] * act_chances(family)[act] * lateness * asked))


def _outside(case: Case, evidence: _Evidence, *, late: bool) -> float:
    days = onset_days(case.company) - case.company.history
    parts = []
    for act in act_chances("outside_cause"):
        prior = _prior(case, "outside_cause", act, late=late) - np.log(len(days))
        if act == "service":
            shapes = shape_chances("outside_cause").items()
            parts += [
                prior + np.log(chance) + logsumexp(evidence.service(shape)[days]) for shape, chance in shapes
            ]
        else:
            parts.append(prior + logsumexp(evidence.audience(act)[days]))
    return float(logsumexp(parts))


def _guilty(case: Case, evidence: _Evidence, model: LogModel, *, late: bool) -> tuple[np.ndarray, np.ndarray]:
    """Log weights of every entry as the cause of a fault, and of an audience shift."""
    service, audience = np.full(len(case.log), -np.inf), np.full(len(case.log), -np.inf)
    reasons = range(len(case.company.words.reasons))
    for family in (*SERVICE, *AUDIENCE):
        act = next(iter(act_chances(family)))
        prior = _prior(case, family, act, late=late)
        if not np.isfinite(prior):
            continue
        by_release = _by_release(case, evidence, family, act)
        if family == "near_miss":
            by_release = by_release + _decoys(case, model)
        style = STYLES["incident" if family == "outage" else "guilty"]
        for row in range(len(case.log)):
            seen = _on_logged_day(case, model, row, by_release)
            if seen is None:
                continue
            told = prior + model.beside(row, train=family == "same_day_train")
            if act == "service":
                words = np.stack([model.written(row, style, reason) for reason in reasons], axis=1)
                service[row] = np.logaddexp(service[row], told + logsumexp(seen + words))
            else:
                words = model.written(row, style, None)
                audience[row] = np.logaddexp(audience[row], told + logsumexp(seen + words))
    return service, audience


def _by_release(case: Case, evidence: _Evidence, family: str, act: str) -> np.ndarray:
    """Log weight of each of `onset_days` as the guilty release, by segment (and reason)."""
    if act == "service":
        shapes = shape_chances(family).items()
        total = np.logaddexp.reduce([evidence.service(shape) + np.log(chance) for shape, chance in shapes])
    else:
        total = evidence.audience(act)
    days = onset_days(case.company) - case.company.history
    same = total[days]
    if family != "outage":
        same = np.logaddexp(same + np.log(1 - NEXT_DAY), total[days + 1] + np.log(NEXT_DAY))
    chance = np.log(release_chances(case.company, outage=family == "outage"))
    return same + chance.reshape(-1, *[1] * (same.ndim - 1))


def _decoys(case: Case, model: LogModel) -> np.ndarray:
    reasons = range(len(case.company.words.reasons))
    return np.stack([model.decoys(reason)[onset_days(case.company)] for reason in reasons], axis=2)


def _on_logged_day(case: Case, model: LogModel, row: int, by_release: np.ndarray) -> np.ndarray | None:
    """Weights of the releases that may have been logged on the day of an entry; None if there are none."""
    first = int(onset_days(case.company)[0])
    parts = []
    for off, chance in model.off.items():
        place = case.log[row].day - off - first
        if chance > 0 and 0 <= place < len(by_release):
            parts.append(by_release[place] + np.log(chance))
    return np.logaddexp.reduce(parts) if parts else None
