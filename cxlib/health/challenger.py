"""What simplicity costs: boosted trees on the same columns."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

__all__ = ["challenge"]

Floats = NDArray[np.float64]


def challenge(training: Floats, events: NDArray[np.bool_], test: Floats, *, seed: int) -> Floats | None:
    """Probability of the event by gradient boosting, small trees and slow steps as befits few events.

    Parameters
    ----------
    training, test : array of float, shape (rows, features)
        What is fitted to, and what is predicted.
    events : array of bool, shape (rows,)
        Whether it happened, for the training rows.
    seed : int
        Of the trees.

    Returns
    -------
    probabilities : array of float, shape (test rows,), or None
        None where the training rows all have the event, or none has.

    References
    ----------
    .. [1] Friedman (2001), Annals of Statistics 29, 1189-1232, as scikit-learn's histogram boosting.

    Examples
    --------
    >>> x = np.linspace(0, 1, 400)[:, np.newaxis]
    >>> found = challenge(x, x[:, 0] > 0.5, x[[0, -1]], seed=1)
    >>> bool(found[0] < 0.1 < 0.9 < found[1])
    True
    >>> challenge(x, np.zeros(400, bool), x, seed=1) is None
    True
    """
    if not len(training) or not len(test) or not 0 < events.mean() < 1:
        return None
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=120,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):  # on a busy machine threads wait for each other: ten times as slow
        model.fit(training, events)
        return np.asarray(model.predict_proba(test)[:, 1], dtype=np.float64)
