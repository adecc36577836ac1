"""What is planted in the accounts, and how it came out: who leaves follows what its people went through."""

import numpy as np

from cxlib.data.sample.accounts import Accounts
from cxlib.data.sample.calendar import DAY, END
from cxlib.data.sample.experience import Events, month_of
from cxlib.data.sample.loyalty import ENGAGEMENT, EXPERIENCE, HAZARD, MONTHS_BACK, WEIGHTS, Life
from cxlib.data.sample.seats import USAGE

__all__ = ["told_of_accounts"]

_SAYS = (
    "In a month, an account leaves with the logistic of hazard: by its experience, a slow mean of what its "
    "own people went through two to seven months before, and by its engagement, which falls where that is "
    "bad and shows in the sign-ins of its seats. Overrides, managers, revenue and talks have no part in it."
)


def told_of_accounts(accounts: Accounts, life: Life, events: Events) -> dict[str, object]:
    """The coefficients as they act, and the counts of this draw.

    Parameters
    ----------
    accounts : Accounts
        Who there was.
    life : Life
        What became of them.
    events : Events
        What their people went through.
    """
    there = np.isfinite(life.logit)
    left = life.churned[life.churned < END * DAY] // DAY
    years = np.bincount(month_of(left) // 12, minlength=3)
    return {
        "says": _SAYS,
        "hazard": HAZARD,
        "experience": {
            "weights": WEIGHTS,
            "months_back": list(MONTHS_BACK),
            **EXPERIENCE,
            "usual": {sort: [round(one, 4) for one in pair] for sort, pair in events.usual.items()},
        },
        "engagement": ENGAGEMENT,
        "usage": USAGE,
        "seen": {
            "accounts": len(accounts.joined),
            "account_months": int(there.sum()),
            "churned_by_year": years.tolist(),
            "churn_percent_a_month": round(float(100 * len(left) / there.sum()), 2),
            "customers_with_account_percent": round(float(100 * (life.account >= 0).mean()), 1),
            "spread_of_experience": round(float(life.experience[there].std()), 2),
            "spread_of_engagement": round(float(life.engagement[there].std()), 2),
        },
    }
