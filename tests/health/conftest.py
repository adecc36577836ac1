"""The panel, made once."""

import pytest

from tests.health.panel import make_panel


@pytest.fixture(scope="session")
def panel():
    return make_panel()
