"""The scan of many series over many onsets: products by recursions that run backwards in time.

A profile that starts on day u adds ``h(t - u)`` to day t, so that its product with a column is a filter of
that column run from the last day to the first: a suffix sum for a step, less a decaying one for a lag, a
moving average of it for a ramp. No column of effects is ever laid out, and the cost does not grow with the
number of onsets.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from cxlib.errors import CxError
from cxlib.stats.drift import DRIFT_GRID, Drift, full_basis
from cxlib.stats.evidence import Evidence, Products, Side, weigh_columns
from cxlib.stats.profiles import Profile

__all__ = ["onset_products", "scan_onsets"]

Floats = npt.NDArray[np.float64]


def onset_products(columns: Floats, profile: Profile, *, power: int = 1) -> Floats:
    """Product of every column with a profile started on every day.

    Parameters
    ----------
    columns : array of float, shape (days, columns)
        What the effects are held against, weighted.
    profile : Profile
        The shape.
    power : {1, 2}
        2: its square, as the norm of an effect needs.

    Returns
    -------
    array of float, shape (days, columns)
        Row u is the sum over t of ``columns[t] * h(t - u) ** power``.

    References
    ----------
    .. [1] Oppenheim & Schafer (2010), Discrete-Time Signal Processing, section 6.3: a recursive filter.
       Checked against the product with `profile_columns`.

    Examples
    --------
    >>> onset_products(np.array([[1.0], [2.0], [4.0]]), Profile("step", 0, 1.0))[:, 0]
    array([7., 6., 4.])
    """
    back = columns[::-1]
    if profile.shape == "step":
        found = np.cumsum(back, axis=0)
    elif profile.shape == "lag":
        keep = float(np.exp(-1 / profile.length))
        found = np.cumsum(back, axis=0) - power * keep * _decaying(back, keep)
        if power == 2:
            found += keep**2 * _decaying(back, keep**2)
    else:
        found = _finite(back, profile, power)
    return np.asarray(found[::-1])


def _decaying(back: Floats, keep: float) -> Floats:
    """Sums in which each day back counts `keep` times the one after it."""
    return np.asarray(lfilter([1.0], [1.0, -keep], back, axis=0))


def _finite(back: Floats, profile: Profile, power: int) -> Floats:
    """A shape that stays level after some days: what precedes that, and a suffix sum of what follows."""
    reach = min(int(2 * profile.length) + 4, len(back))
    shape = profile.at(np.arange(reach, dtype=np.float64)) ** power
    level = float(profile.at(np.array([1e9]))[0]) ** power
    found = level * np.cumsum(back, axis=0)
    for step in np.flatnonzero(shape != level):
        found[step:] += (shape[step] - level) * back[: len(back) - step]
    return np.asarray(found)


def scan_onsets(
    values: Floats,
    weights: Floats,
    design: Floats,
    profiles: Sequence[Profile],
    onsets: npt.NDArray[np.int64],
    *,
    sizes: tuple[float, ...] = (0.03, 0.10, 0.30),
    side: Side = 0,
    grid: tuple[Drift, ...] = DRIFT_GRID,
) -> list[Evidence]:
    """What `scan` says of every profile started on every onset, for many series at once.

    Parameters
    ----------
    values, weights : array of float, shape (series, days)
        Each series and its inverse noise variances; a value is ignored where its weight is 0.
    design : array of float, shape (days, p)
        The fixed part, the same for all series.
    profiles : sequence of Profile
        Shapes.
    onsets : array of int, shape (onsets,)
        Rows on which an effect begins.
    sizes, side, grid
        As in `scan`.

    Returns
    -------
    list of Evidence
        One a series, arrays of shape (profiles, onsets); only one series' products are held at a time.

    Raises
    ------
    CxError
        If the shapes of values, weights and design disagree, or an onset is no row.

    Examples
    --------
    >>> days = np.arange(80)
    >>> y = np.where(days >= 60, -1.0, 0.0)[None]
    >>> (found,) = scan_onsets(y, np.full((1, 80), 4.0), np.ones((80, 1)), [Profile("step", 0, 1.0)], days)
    >>> int(found.log_bf[0].argmax())
    60
    """
    _check(values, weights, design, onsets)
    basis = full_basis(design)
    shape = (len(profiles), len(onsets))
    found = []
    for series, weight in zip(values, weights, strict=True):
        products = _products(series, weight, basis, profiles, onsets)
        flat = weigh_columns(products, design.shape, sizes=sizes, side=side, grid=grid)
        log_bf, effect, sd = (part.reshape(shape) for part in (flat.log_bf, flat.effect, flat.sd))
        found.append(Evidence(log_bf, effect, sd, flat.log_cover))
    return found


def _products(
    series: Floats,
    weight: Floats,
    basis: Floats,
    profiles: Sequence[Profile],
    onsets: npt.NDArray[np.int64],
) -> Products:
    weighted = basis * weight[:, None]
    pulled = weight * np.where(weight > 0, series, 0.0)
    begin = int(onsets.min()) if len(onsets) else 0  # nothing happens before the first onset
    columns = np.column_stack([weighted, pulled])[begin:]
    rows = onsets - begin
    crosses = [onset_products(columns, profile)[rows] for profile in profiles]
    squares = [onset_products(weight[begin:, None], profile, power=2)[rows, 0] for profile in profiles]
    cross = np.concatenate(crosses)
    return Products(
        weighted.T @ basis, basis.T @ pulled, cross[:, :-1].T, cross[:, -1], np.concatenate(squares)
    )


def _check(values: Floats, weights: Floats, design: Floats, onsets: npt.NDArray[np.int64]) -> None:
    if values.ndim != 2 or values.shape != weights.shape or values.shape[1] != len(design):
        raise CxError(
            "scan_onsets",
            found=f"shapes {values.shape}, {weights.shape} and {design.shape}",
            expected="(series, days), (series, days) and (days, p)",
            fix="lay the series out one a row",
        )
    if len(onsets) and not 0 <= onsets.min() <= onsets.max() < len(design):
        raise CxError(
            "onsets",
            found=f"rows {onsets.min()} to {onsets.max()}",
            expected=f"rows 0 to {len(design) - 1}",
            fix="number the onsets from the first row",
        )
