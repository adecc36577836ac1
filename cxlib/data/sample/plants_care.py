"""What is planted in the care of customers: staffing, an e-mail and two help pages.

They stand apart from `plants`, whose truths also act on who arrives and who is asked: those are drawn as if
nothing here existed.
"""

from collections.abc import Callable

from cxlib.data.sample.calendar import DAY, END, START
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.scenario import Scenario

__all__ = ["CARE_PLANTS", "plant_care"]


def understaffed(scenario: Scenario) -> Plant:
    """Six weeks of summer with too few freelancers."""
    return Plant(
        "understaffed",
        "Freelancers are away for six weeks and cost less than planned: first replies take longer, and "
        "customers kept waiting write again. No change was made.",
        "exogenous",
        scenario.understaffed_at,
        scenario.understaffed_at + 42 * DAY,
        ramp_days=2.0,
        recovery_days=3.0,
        reply_time=2.2,
        cost=0.7,
        repeats=0.3,
    )


def costly_email(_: Scenario) -> Plant:
    """The notice that a plan is about to renew: seldom sent, and often answered."""
    return Plant(
        "costly_email",
        "The renewal notice is seldom sent but makes learners write far more often than any other e-mail.",
        "service",
        START * DAY,
        END * DAY,
        reason="cancellation",
        template="plan_renewal",
        answers=0.45,
    )


def puzzling_pages(_: Scenario) -> Plant:
    """Two help pages that leave learners with questions."""
    return Plant(
        "puzzling_pages",
        "Two help pages explain badly: few read them, many write from them, and most need several replies.",
        "service",
        START * DAY,
        END * DAY,
        pages=("/help/first-lesson", "/help/refunds"),
        puzzled=(0.95, 0.28),
    )


CARE_PLANTS: tuple[Callable[[Scenario], Plant], ...] = (understaffed, costly_email, puzzling_pages)


def plant_care(scenario: Scenario) -> tuple[Plant, ...]:
    """Every truth planted in the care of customers."""
    return tuple(plant(scenario) for plant in CARE_PLANTS)
