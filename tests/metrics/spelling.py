"""How the frames of tests spell instants."""

import pandas as pd

STAMP = "%Y-%m-%dT%H:%M:%SZ"


def spelled(us):
    """Instants as a file spells them; NaT is blank."""
    return (
        pd.Series(pd.to_datetime(us, utc=True))
        .dt.strftime(STAMP)
        .astype(object)
        .where(lambda s: s.notna(), None)
    )
