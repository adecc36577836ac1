"""The sentence on how sure an investigation is."""

import pytest

from cxlib.reporting.finding import _sure


def found(*chances):
    suspects = [
        {"hypothesis": "change", "change_id": f"C-{i}", "probability": p} for i, p in enumerate(chances)
    ]
    shift = {"probability": 0.97, "change": -4.04, "interval": [-6.1, -2.2]}
    return {"metric": "csat", "unit": "%", "shift": shift, "suspects": suspects}


@pytest.mark.parametrize(
    ("chances", "end"),
    [((0.7, 0.2, 0.01), "the cause: C-0 .70 and C-1 .20."), ((0.04, 0.03), "no single cause stands out.")],
)
def test_the_likeliest_causes_are_named_or_none_is(chances, end):
    said = _sure(found(*chances))
    assert said == f"That CSAT shifted has probability .97 (−4.0 points [−6.1, −2.2]); {end}"
