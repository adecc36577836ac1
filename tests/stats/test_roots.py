"""Moments of the root of a count are those of the Poisson distribution."""

import numpy as np
import pytest
from scipy.stats import poisson

from cxlib.stats.roots import root, root_moments


@pytest.mark.parametrize("mean", [1e-3, 0.05, 0.7, 4.0, 29.9, 30.1, 500.0])
def test_moments_are_the_sums_over_all_counts(mean):
    counts = np.arange(int(mean + 14 * np.sqrt(mean) + 40))
    chance, roots = poisson.pmf(counts, mean), root(counts.astype(float))
    exact = chance @ roots, chance @ (roots * (counts - mean)), chance @ roots**2 - (chance @ roots) ** 2
    found = [float(part[0]) for part in root_moments(np.array([mean]))]
    assert found == pytest.approx(exact, rel=2e-3)


def test_means_of_very_different_size_may_come_together():
    together = np.array(root_moments(np.array([0.01, 3.0, 2000.0])))
    apart = np.hstack([root_moments(np.array([mean])) for mean in (0.01, 3.0, 2000.0)])
    np.testing.assert_allclose(together, apart, rtol=1e-9)
