"""Accounts put beside the finished tables: who they are, who belongs to them, what they do, who leaves."""

import pandas as pd

from cxlib.data.sample.accounts import accounts_table, draw_accounts
from cxlib.data.sample.annotate import Tables, add_rows, join_columns
from cxlib.data.sample.calendar import stream
from cxlib.data.sample.company import Population
from cxlib.data.sample.experience import events_of
from cxlib.data.sample.loyalty import live
from cxlib.data.sample.managers import account_talks, overrides_table
from cxlib.data.sample.seats import seat_activity
from cxlib.data.sample.truth_accounts import told_of_accounts

__all__ = ["account_tables"]


def account_tables(seed: int, finished: Tables, people: Population) -> tuple[Tables, dict[str, object]]:
    """The finished tables with what accounts add to them, and the truth about the accounts.

    No row of them changes but for a further column: account_id.

    Parameters
    ----------
    seed : int
        Every part has a stream of its own.
    finished : dict of str to DataFrame
        Tables with their bad rows, which stay.
    people : Population
        Who may belong to an account.
    """
    accounts = draw_accounts(stream(seed, "accounts"))
    events = events_of(finished, len(people.joined))
    life = live(seed, people, accounts, events)
    account = pd.Series([*accounts.ids.tolist(), ""]).iloc[life.account].to_list()
    belongs = pd.DataFrame({"account_id": account}, index=people.ids.tolist())
    talks = finished["interactions"]
    last = int(talks["interaction_id"].str[1:].max())
    tables = dict(finished)
    tables["accounts"] = accounts_table(accounts, life.churned)
    tables["customers"] = join_columns(finished["customers"], "customer_id", belongs)
    tables["activity"] = add_rows(finished["activity"], seat_activity(stream(seed, "seats"), accounts, life))
    tables["interactions"] = add_rows(
        talks, account_talks(stream(seed, "account talks"), accounts, life, last)
    )
    tables["overrides"] = overrides_table(stream(seed, "overrides"), accounts, life)
    return tables, told_of_accounts(accounts, life, events)
