"""Measures of predictions, their bootstrap intervals and the table that is printed."""

import math

import numpy as np
import pandas as pd

FLOOR = 1e-3
SURE = 0.95
BINS = np.array([0.2, 0.4, 0.6, 0.8, 0.95])
DRAWS = 2000
MEASURES = (
    "top1",
    "top3",
    "mrr",
    "brier",
    "logloss",
    "accused",
    "accused_none",
    "accused_outside",
    "missed",
    "mechanism",
    "ece",
    "sure_right",
    "sure_share",
)


def judge(truth: dict, answer: dict) -> dict[str, float]:
    """Measures of one answer; an answer with an error is wrong and has no probability for the truth.

    Parameters
    ----------
    truth : dict
        cause, mechanism and family of the case.
    answer : dict
        suspects (change_id, probability) and mechanism, or an error.

    Returns
    -------
    dict of str to float
        One value a measure; nan where it does not apply.
    """
    chances: dict[str | None, float] = {}
    for row in answer.get("suspects", ()):
        chances[row["change_id"]] = chances.get(row["change_id"], 0.0) + row["probability"]
    total = max(1.0, sum(chances.values()))
    chances = {name: chance / total for name, chance in chances.items()}
    order = sorted(chances, key=lambda name: -chances[name])
    cause = truth["cause"]
    rank = order.index(cause) + 1 if cause in chances else math.inf
    at_truth = chances.get(cause, 0.0)
    said = chances[order[0]] if order else 0.0
    accused = float(bool(order) and order[0] is not None) if cause is None else math.nan
    return {
        "top1": float(rank == 1),
        "top3": float(rank <= 3),
        "mrr": 1 / rank,
        "brier": sum(p * p for name, p in chances.items() if name != cause) + (1 - at_truth) ** 2,
        "logloss": -math.log(max(at_truth, FLOOR)),
        "accused": accused,
        "accused_none": accused if truth["family"] == "no_cause" else math.nan,
        "accused_outside": accused if truth["family"] == "outside_cause" else math.nan,
        "missed": float(bool(order) and order[0] is None) if cause is not None else math.nan,
        "mechanism": float(answer.get("mechanism") == truth["mechanism"]),
        "said": said,
        "sure_right": float(rank == 1) if said >= SURE else math.nan,
        "sure_share": float(said >= SURE),
        "seconds": float(answer.get("seconds", math.nan)),
    }


def calibration(said: np.ndarray, right: np.ndarray) -> tuple[pd.DataFrame, float]:
    """Said and seen by bin of the top probability, and their mean distance (ECE)."""
    frame = pd.DataFrame({"bin": np.digitize(said, BINS), "said": said, "right": right})
    table = frame.groupby("bin").agg(cases=("said", "size"), said=("said", "mean"), right=("right", "mean"))
    return table, float((table["cases"] * (table["said"] - table["right"]).abs()).sum() / len(frame))


def summarise(scores: pd.DataFrame, draws: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """Mean and 95 % bootstrap interval of every measure."""
    out = {name: _interval(scores[name].to_numpy(), draws) for name in MEASURES if name != "ece"}
    said, right = scores["said"].to_numpy(), scores["top1"].to_numpy()
    errors = [calibration(said[draw], right[draw])[1] for draw in draws[:300]]
    low, high = np.quantile(errors, [0.025, 0.975])
    return out | {"ece": (calibration(said, right)[1], float(low), float(high))}


def draw_cases(count: int) -> np.ndarray:
    """Bootstrap draws of cases, the same for every method."""
    return np.random.default_rng(0).integers(0, count, (DRAWS, count))


def _interval(values: np.ndarray, draws: np.ndarray) -> tuple[float, float, float]:
    known = ~np.isnan(values)
    if not known.any():
        return (math.nan, math.nan, math.nan)
    filled = np.where(known, values, 0.0)
    number = known[draws].sum(axis=1)
    means = filled[draws].sum(axis=1)[number > 0] / number[number > 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values[known].mean()), float(low), float(high)


def print_tables(scores: dict[str, pd.DataFrame], families: pd.Series) -> None:
    """Print all measures by method, by family, calibration, and differences to the oracle."""
    draws = draw_cases(len(families))
    summaries = {method: summarise(frame, draws) for method, frame in scores.items()}
    table = pd.DataFrame({m: {k: _show(v) for k, v in s.items()} for m, s in summaries.items()})
    print(f"{len(families)} cases; mean [95 % bootstrap interval]")
    print(table.loc[list(MEASURES)].to_string())
    seconds = {method: round(float(frame["seconds"].median()), 2) for method, frame in scores.items()}
    print(f"median CPU seconds a case, for information: {seconds}")
    print("\ntop-1 / log loss / mechanism by family")
    rows = {"cases": families.value_counts().sort_index()}
    for method, frame in scores.items():
        means = frame[["top1", "logloss", "mechanism"]].groupby(families.to_numpy()).mean()
        rows[method] = means.apply(lambda row: "/".join(f"{value:.2f}" for value in row), axis=1)
    print(pd.DataFrame(rows).to_string())
    for method, frame in scores.items():
        by_bin, _ = calibration(frame["said"].to_numpy(), frame["top1"].to_numpy())
        print(f"\nsaid and seen: {method}\n{by_bin.round(3).to_string(index=False)}")
    if "oracle" in scores:
        _print_differences(scores, draws)


def _print_differences(scores: dict[str, pd.DataFrame], draws: np.ndarray) -> None:
    print("\npaired difference to the oracle")
    names = [name for name in MEASURES if name not in {"ece", "sure_right"}]
    columns = {}
    for method, frame in scores.items():
        if method != "oracle":
            apart = frame[names] - scores["oracle"][names]
            columns[method] = {name: _show(_interval(apart[name].to_numpy(), draws)) for name in names}
    print(pd.DataFrame(columns).to_string())


def _show(interval: tuple[float, float, float]) -> str:
    return "-" if math.isnan(interval[0]) else "{:.3f} [{:.2f}, {:.2f}]".format(*interval)
