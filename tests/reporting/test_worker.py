"""A notebook's process: what it does when its kernel does not start."""

import pytest

from cxlib.reporting import worker


@pytest.fixture
def attempts(monkeypatch):
    """Starts of a kernel; as many as were asked for find their ports taken."""
    made, taken = [], []

    def attempt(order):
        made.append(order)
        if len(made) <= len(taken):
            raise RuntimeError(taken[len(made) - 1])
        return {}

    monkeypatch.setattr(worker, "_attempt", attempt)
    return made, taken


def test_a_kernel_that_another_took_the_ports_from_is_started_anew(attempts):
    made, taken = attempts
    taken += ["Kernel died before replying to kernel_info"] * 2
    assert worker._execute({"source": "x"}) == {}
    assert len(made) == 3


def test_a_kernel_that_never_starts_is_an_error(attempts):
    _, taken = attempts
    taken += ["Kernel died before replying to kernel_info"] * 3
    with pytest.raises(RuntimeError, match="died before replying"):
        worker._execute({"source": "x"})


def test_another_error_is_not_tried_again(attempts):
    made, taken = attempts
    taken += ["something else"]
    with pytest.raises(RuntimeError, match="something else"):
        worker._execute({"source": "x"})
    assert len(made) == 1
