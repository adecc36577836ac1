"""Every method by name, each from a case to a prediction."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from attribution.baselines import nearest_release, pelt, state_space, two_periods
from attribution.cases import Case
from attribution.oracle import oracle
from attribution.prediction import Prediction

import cxlib as cx


def investigate(case: Case) -> Prediction:
    """Ask `cx.investigate`."""
    with tempfile.TemporaryDirectory() as room:
        config = Path(room) / "cxlib.toml"
        config.write_text('zone = "UTC"\n')
        data = cx.load(case.frames, config=config)
        found = cx.investigate(data, case.metric, start=case.start, end=case.end).to_dict()
    suspects: dict[str | None, float] = {}
    for row in found["suspects"]:
        suspects[row["change_id"]] = suspects.get(row["change_id"], 0.0) + row["probability"]
    return Prediction(suspects, {found["mechanism"]["name"]: 1.0})


METHODS: dict[str, Callable[[Case], Prediction]] = {
    "nearest": nearest_release,
    "pelt": pelt,
    "state_space": state_space,
    "two_periods": two_periods,
    "cxlib": investigate,
    "oracle": oracle,
}
