"""How much likelier a log is with a certain entry as the guilty one than with all of them innocent."""

from collections import Counter
from functools import cache

import numpy as np
from attribution.changelog import NEAR, STYLES, TRAIN, Entry, Style, owners, right_scopes
from attribution.company import Company
from attribution.dirt import LATE, LATE_HOURS, WRONG_ZONE, ZONE_HOURS
from scipy.stats import poisson


@cache
def logged_days_off(*, dirty: bool) -> dict[int, float]:
    """Chance of the days between a release and the day it is logged on."""
    if not dirty:
        return {0: 1.0}
    minutes = np.arange(180)[:, None, None] / 60
    late = np.concatenate([[0.0], np.linspace(*LATE_HOURS, 240)])[None, :, None]
    late_chance = np.concatenate([[1 - LATE], np.full(240, LATE / 240)])
    zone = np.array([0.0, *ZONE_HOURS])[None, None, :]
    zone_chance = np.array([1 - WRONG_ZONE] + [WRONG_ZONE / len(ZONE_HOURS)] * len(ZONE_HOURS))
    off = np.floor((minutes + late + zone) / 24).astype(int)
    chance = np.broadcast_to(late_chance[None, :, None] * zone_chance[None, None, :] / 180, off.shape)
    return {int(day): float(chance[off == day].sum()) for day in np.unique(off)}


class LogModel:
    """Log likelihood ratios of the entries of one log.

    Parameters
    ----------
    company : Company
        Whose log it is.
    log : list of Entry
        The log as it is written.
    dirty : bool
        Whether entries may be late or in a wrong zone.
    """

    def __init__(self, company: Company, log: list[Entry], *, dirty: bool) -> None:
        self.company, self.log = company, log
        self.off = logged_days_off(dirty=dirty)
        self._mean, self._train = company.mean_changes(), company.train_chance()
        self._count = Counter(entry.day for entry in log)

    def written(self, row: int, style: Style, reason: int | None) -> np.ndarray:
        """How much likelier the words of an entry are under a style, by segment (log)."""
        entry, innocent, words = self.log[row], STYLES["innocent"], self.company.words
        chance = style.kinds.get(entry.kind, 0.0) / innocent.kinds[entry.kind]
        if entry.kind != "outage":
            chance *= (
                style.vague / innocent.vague if entry.vague else (1 - style.vague) / (1 - innocent.vague)
            )
        own = owners(self.company, reason)
        owned = style.owned or 0.0
        component = owned * (entry.component in own) / len(own)
        component += (1 - owned) * (entry.component in words.generic) / len(words.generic)
        chance *= component * len(words.titles)
        scopes = [self._scope(entry, style, number) for number in range(len(self.company.masks))]
        with np.errstate(divide="ignore"):
            return np.log(chance * np.array(scopes) / self._scope(entry, innocent, 0))

    def _scope(self, entry: Entry, style: Style, segment: int) -> float:
        right = right_scopes(self.company, segment)
        meant = style.scope_right if right else 0.0
        if entry.scope is None:
            return (1 - meant) * (1 - style.scoped)
        values = len(self.company.tiers) + len(self.company.areas)
        named = (entry.scope in right) / len(right) if right else 0.0
        return meant * named + (1 - meant) * style.scoped / values

    def beside(self, row: int, *, train: bool) -> float:
        """How much likelier the number of changes of the entry's day is if that one is not innocent (log)."""
        day = self.log[row].day
        return self._beside(day, TRAIN if train else (0,))

    def _beside(self, day: int, more: tuple[int, ...]) -> float:
        """Entries of a day have density n! P(n) among the innocent, (n-1)! P(n-1-more) with a guilty one."""
        here = self._count[day]
        ratio = sum(self._chance(day, here - 1 - extra) for extra in more) / len(more)
        with np.errstate(divide="ignore"):
            return float(np.log(ratio / (here * self._chance(day, here))))

    def _chance(self, day: int, number: int) -> float:
        """Chance of that many innocent changes on a day."""
        if number < 0:
            return 0.0
        mean, train = self._mean[day], self._train[day]
        trains = sum(poisson.pmf(number - extra, mean) for extra in TRAIN) / len(TRAIN)
        return float((1 - train) * poisson.pmf(number, mean) + train * trains)

    def decoys(self, reason: int) -> np.ndarray:
        """How much likelier the days before each release day are with a well-worded innocent change (log).

        By release day and segment; -inf where no entry can be that change.
        """
        days = self.company.days
        by_day = np.zeros((days, len(self.company.masks)))
        for row, entry in enumerate(self.log):
            if 0 <= entry.day < days:
                weight = np.exp(self._beside(entry.day, (0,)))
                by_day[entry.day] += weight * np.exp(self.written(row, STYLES["decoy"], reason))
        out = np.zeros_like(by_day)
        for apart in NEAR:
            for off, chance in self.off.items():
                shift = apart - off
                moved = np.roll(by_day, shift, axis=0)
                moved[:shift] = 0
                out += chance * moved / len(NEAR)
        with np.errstate(divide="ignore"):
            return np.log(out)
