"""Fixtures shared by all tests: the sample company, and the folder of acceptance data where it is present."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("TYPER_USE_RICH", "0")  # as cxlib.cli has it, whichever test imports typer first

settings.register_profile(
    "ci", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """No test reads or writes what the user's own runs keep."""
    before = os.environ.get("CXLIB_CACHE")
    os.environ["CXLIB_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        os.environ.pop("CXLIB_CACHE", None)
    else:
        os.environ["CXLIB_CACHE"] = before


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sample_dir() -> Path:
    return ROOT / "data" / "sample"


@pytest.fixture(scope="session")
def sample(sample_dir):
    import cxlib as cx

    return cx.load(sample_dir)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The acceptance data beside the project; tests that need them skip where they are absent."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("skipped: acceptance data not found at ../shared (acceptance only)")
    return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    path = Path(os.environ.get("CXLIB_REAL_DATA", ROOT.parent / "shared" / "data" / "real"))
    if not path.is_dir():
        pytest.skip("skipped: real data not found at ../shared/data/real (acceptance only)")
    return path
