"""What the company sends and shows: e-mails by template and day, views by page and day."""

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, START, Floats, Ints
from cxlib.data.sample.company import Population
from cxlib.data.sample.tickets import SITE

__all__ = ["RARE_DAYS", "RARE_TEMPLATE", "SPELLINGS", "emails_table", "pages_table"]

RARE_TEMPLATE = "tax_receipt"
RARE_DAYS = (calendar.day_of("2019-01-03"), calendar.day_of("2020-01-03"))
_WELCOMES = 4
# E-mails a day and customer.
_SENT = {"invoice": 0.035, "plan_renewal": 0.0033, "tutor_invitation": 0.03}
# Views a day and customer; a page with ids is spelled with several of them.
_SEEN = {
    "/": 0.2,
    "/account/invoices": 0.025,
    "/account/invoices/{id}": 0.03,
    "/account/plan": 0.03,
    "/calendar": 0.15,
    "/help": 0.08,
    "/help/first-lesson": 0.0021,
    "/help/refunds": 0.0027,
    "/help/whiteboard": 0.007,
    "/lessons/{id}": 0.12,
    "/rooms/check": 0.04,
    "/rooms/join": 0.16,
    "/search": 0.1,
    "/sign-in": 0.25,
    "/tutors/{id}": 0.06,
}
SPELLINGS = (
    "https://www.lanternfold.example{path}?utm_source=newsletter&utm_medium=email",
    "https://WWW.Lanternfold.example{path}",
    "http://www.lanternfold.example{path}#top",
    "https://www.lanternfold.example{path}/",
)
_SPELLED_SHARE = 0.18
_IDS = np.array([str(number) for number in range(20_411, 23_000, 57)])


def emails_table(rng: np.random.Generator, people: Population, active: Floats, lessons: Ints) -> pd.DataFrame:
    """The canonical table `emails`, as text: reminders follow the lessons, welcomes the new customers."""
    joined = np.bincount(
        np.clip(people.joined // DAY - START, -1, len(DAYS) - 1) + 1, minlength=len(DAYS) + 1
    )
    means = {name: rate * active * calendar.send_weight(DAYS) for name, rate in _SENT.items()}
    sends = {name: rng.poisson(mean) for name, mean in means.items()}
    sends["lesson_reminder"] = lessons
    sends["welcome"] = _WELCOMES * joined[1:]
    sends[RARE_TEMPLATE] = np.where(np.isin(DAYS, RARE_DAYS), rng.integers(24, 40, len(DAYS)), 0)
    parts = [
        pd.DataFrame(
            {"date": calendar.iso_days(DAYS[count > 0]), "template": name, "sends": count[count > 0]}
        )
        for name, count in sorted(sends.items())
    ]
    return pd.concat(parts).sort_values("date", kind="stable").reset_index(drop=True).astype("str")


def pages_table(rng: np.random.Generator, active: Floats) -> pd.DataFrame:
    """The canonical table `pages`, as text; on some days a page is counted under another spelling too."""
    parts = []
    for path, rate in _SEEN.items():
        views = rng.poisson(rate * active * calendar.contact_season(DAYS))
        otherwise = np.where(rng.random(len(DAYS)) < _SPELLED_SHARE, rng.binomial(views, 0.2), 0)
        spelling = np.array(SPELLINGS)[rng.integers(len(SPELLINGS), size=len(DAYS))]
        numbers = rng.choice(_IDS, len(DAYS))
        usual = np.char.add(SITE, np.char.replace(path, "{id}", numbers))
        other = [
            one.format(path=path.replace("{id}", number))
            for one, number in zip(spelling.tolist(), numbers[::-1].tolist(), strict=True)
        ]
        for url, count in ((usual, views - otherwise), (np.array(other), otherwise)):
            seen = count > 0
            parts.append(
                pd.DataFrame(
                    {"date": calendar.iso_days(DAYS[seen]), "page_url": url[seen], "views": count[seen]}
                )
            )
    return pd.concat(parts).sort_values("date", kind="stable").reset_index(drop=True).astype("str")
