"""Shapes that an effect can have, day by day after its onset."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["LASTING", "PULSES", "Profile", "delayed", "profile_columns"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """One shape and how likely it is before the data are seen.

    Parameters
    ----------
    shape : {"step", "lag", "ramp", "pulse"}
        Family.
    length : float
        Days: time constant of a lag, rise of a ramp, length of a pulse; a step has none.
    prior : float
        Share of the shapes it is listed with.
    rise : float
        Days until a pulse is at its full height.
    fade : float
        Share of its length in which a pulse goes; 0: within a day.
    """

    shape: Literal["step", "lag", "ramp", "pulse"]
    length: float
    prior: float
    rise: float = 1.0
    fade: float = 0.25

    @property
    def lasts(self) -> bool:
        """Whether it has no end of its own."""
        return self.shape != "pulse"

    def at(self, offset: Floats) -> Floats:
        """Share of the full effect on each day after the onset; 0 before it.

        Examples
        --------
        >>> Profile("ramp", 4, 1.0).at(np.array([-1.0, 0.0, 1.0, 9.0]))
        array([0.  , 0.25, 0.5 , 1.  ])
        """
        since = np.maximum(offset, 0.0)
        if self.shape == "lag":
            risen = 1 - np.exp(-(since + 1) / self.length)
        elif self.shape == "ramp":
            risen = np.minimum((since + 1) / self.length, 1.0)
        elif self.shape == "pulse":
            risen = np.clip(1 - (since - self.length + 1) / (self.fade * self.length + 1), 0.0, 1.0)
            risen = risen * np.minimum((since + 1) / self.rise, 1.0)
        else:
            risen = np.ones_like(since)
        return np.asarray(np.where(offset >= 0, risen, 0.0))


LASTING = (
    Profile("step", 0, 0.66),
    Profile("lag", 3, 0.06),
    Profile("lag", 7, 0.05),
    Profile("ramp", 5, 0.04),
    Profile("ramp", 9, 0.07),
    Profile("ramp", 14, 0.07),
    Profile("ramp", 21, 0.05),
)
PULSES = (
    *(Profile("pulse", days, 0.07) for days in (1, 2, 3, 4, 6, 8)),
    *(Profile("pulse", days, 0.035, fade=fade) for days in (11, 15, 20, 26, 34, 44) for fade in (0.25, 0.0)),
    *(
        Profile("pulse", days, 0.027, rise=days * part, fade=0.0)
        for days in (14, 20, 28)
        for part in (0.5, 1.0)
    ),
)


def profile_columns(profiles: tuple[Profile, ...], days: int, onsets: npt.NDArray[np.int64]) -> Floats:
    """Every profile started on every onset.

    Parameters
    ----------
    profiles : tuple of Profile
        Shapes.
    days : int
        Length of the series.
    onsets : array of int, shape (onsets,)
        Rows on which an effect begins.

    Returns
    -------
    array of float, shape (profiles, days, onsets)
        In 0..1.

    Examples
    --------
    >>> profile_columns((Profile("step", 0, 1.0),), 3, np.array([1]))[0, :, 0]
    array([0., 1., 1.])
    """
    offset = (np.arange(days)[:, None] - onsets[None, :]).astype(float)
    return np.stack([profile.at(offset) for profile in profiles])


def delayed(columns: Floats, kernel: Floats) -> Floats:
    """Profiles as they show on days of asking, when asking comes after the experience.

    Parameters
    ----------
    columns : array of float, shape (profiles, days, onsets)
        Effect by day of the experience.
    kernel : array of float, shape (lags,)
        Share of the questions asked 0, 1, 2 … days after the experience; sums to 1.

    Returns
    -------
    array of float, the shape of `columns`

    Examples
    --------
    >>> step = profile_columns((Profile("step", 0, 1.0),), 4, np.array([1]))
    >>> delayed(step, np.array([0.5, 0.5]))[0, :, 0]
    array([0. , 0.5, 1. , 1. ])
    """
    shown = np.zeros_like(columns)
    days = columns.shape[1]
    for lag, share in enumerate(kernel):
        if share > 0 and lag < days:
            shown[:, lag:] += share * columns[:, : days - lag]
    return shown
