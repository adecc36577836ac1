"""The facts of every ticket of the acceptance data are the same wherever the tables lie."""

import pandas as pd
import pytest

import cxlib as cx

pytestmark = pytest.mark.acceptance
AS_OF = "2026-11-15T00:00:00Z"


@pytest.mark.parametrize("desk", ["weekday", "seven_day"])
def test_ticket_facts_are_the_same_in_every_place(store, shared, desk):
    folder = shared / "data" / "zendesk" / desk
    memory = cx.load(folder, as_of=AS_OF)
    store.put(dict(memory.everything))
    there = cx.load(store.where, as_of=AS_OF, config=folder / "cxlib.toml")
    found = cx.ticket_facts(there)
    assert len(found) > 2000
    pd.testing.assert_frame_equal(found, cx.ticket_facts(memory), rtol=0, atol=1e-6)
