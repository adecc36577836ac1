"""A score is the same wherever the tables lie."""

import duckdb
import pandas as pd

import cxlib as cx
from tests.health.accounts import AS_OF, portfolio, tables


def test_a_duckdb_file_gives_the_scores_of_frames(tmp_path):
    given = tables()
    said = {"account_id": ["A-04"], "band": ["danger"], "author": ["ann"], "reason": ["Sponsor left"]}
    given["overrides"] = pd.DataFrame(
        {**said, "set_at": ["2019-12-01T09:00Z"], "expires_at": ["2020-02-01T09:00Z"]}
    )
    data = portfolio(tmp_path, given)
    path = tmp_path / "company.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, rows in data.everything.items():
            connection.register("rows_of_it", rows)
            connection.execute(f'CREATE TABLE "{name}" AS FROM rows_of_it')
            connection.unregister("rows_of_it")
    stored = cx.load(path, as_of=AS_OF, config=tmp_path / "cxlib.toml")
    mine, other = cx.score_health(data), cx.score_health(stored)
    pd.testing.assert_frame_equal(mine.table, other.table, check_dtype=False, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(mine.contributions, other.contributions, rtol=0, atol=1e-9)
    assert (other.table["band_effective"] == "danger").any()
    moved = [cx.compare_health(one, before="2019-10-01").table for one in (data, stored)]
    pd.testing.assert_frame_equal(*moved, rtol=0, atol=1e-9)
