"""What is planted in the product: a release, a roll-out, a release train, and a fault outside the company.

Their contacts, and the answers they spoil, come on top of finished tables: all that was drawn before stays
what it was. Each has a stretch of days of its own, apart from the truths of `plants` as they are told.
"""

from collections.abc import Callable

from cxlib.data.sample.calendar import wall
from cxlib.data.sample.entries import Entry, Kind
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.scenario import Scenario

__all__ = ["PRODUCT_PLANTS", "plant_product"]

_SERIES = "W"  # ids of their own, so that those of the other entries stay what they were

Line = tuple[str, Kind, str, str, str]  # local time, kind, component, title, description


def _entry(line: Line, tag: str = "", rollout: str = "", reverted: str = "") -> Entry:
    at, kind, component, title, description = line
    return Entry(
        wall(at),
        title,
        description,
        component=component,
        kind=kind,
        rollout_end_at=wall(rollout) if rollout else None,
        reverted_at=wall(reverted) if reverted else None,
        tag=tag,
        series=_SERIES,
    )


def _innocent(*lines: Line) -> tuple[Entry, ...]:
    return tuple(_entry(line, "decoy") for line in lines)


def locked_out(_: Scenario) -> Plant:
    """A release after which learners of one plan cannot sign in."""
    guilty = _entry(
        (
            "2019-01-23 10:35",
            "release",
            "accounts",
            "Session renewed together with the plan",
            "A known device stays signed in for as long as the plan is paid.",
        ),
        "guilty",
    )
    mend = _entry(
        ("2019-02-13 15:20", "release", "accounts", "Session length fixed at 14 days", "On known devices."),
        "fix",
    )
    return Plant(
        "locked_out",
        "A release signs learners of one plan out in the middle of the month: contacts about access rise, "
        "most take several replies, CSAT and one-touch fall in that plan.",
        "service",
        guilty.at,
        mend.at,
        segment=("plan", "monthly"),
        reason="account_access",
        contacts=9.0,
        turns=0.75,
        csat=-1.5,
        entries=(guilty, mend),
        innocents=_innocent(
            ("2019-01-21 11:10", "release", "checkout", "Saved cards listed by bank", "Two lines each."),
            ("2019-01-22 14:45", "content", "pricing", "Monthly plan explained on one page", "With a table."),
            ("2019-01-23 15:50", "release", "messaging", "Long messages fold", "After twelve lines."),
            ("2019-01-24 10:20", "release", "accounts", "Avatar can be cropped", "Square, as shown."),
            ("2019-01-28 09:40", "config", "notifications", "Reminders keep to the hour", "Was a quarter."),
        ),
    )


def carriers_quarrel(_: Scenario) -> Plant:
    """Two internet carriers refuse each other's traffic: no change of ours."""
    return Plant(
        "carriers_quarrel",
        "Two internet carriers refuse each other's traffic for nineteen days: video freezes, learners write "
        "about connections, NPS and CSAT fall. Nothing in the log is about it.",
        "exogenous",
        wall("2018-10-31 00:00"),
        wall("2018-11-19 00:00"),
        recovery_days=2.0,
        reason="lesson_connection",
        contacts=4.0,
        nps=-30.0,
        csat=-1.2,
        innocents=_innocent(
            ("2018-10-26 10:25", "release", "lesson-room", "Chat beside the whiteboard", "Folds away."),
            ("2018-10-29 13:30", "content", "tutor-profiles", "Hints for a first message", "Three examples."),
            ("2018-11-02 10:50", "config", "search", "Stop words renewed", "English and Spanish."),
            ("2018-11-05 11:15", "release", "lesson-room", "Tutor sees who is waiting", "A list of names."),
        ),
    )


def sound_on_server(_: Scenario) -> Plant:
    """A flag rolled out over three weeks, that spoils the sound where it is on."""
    guilty = _entry(
        (
            "2018-01-23 10:30",
            "flag",
            "lesson-room",
            "Sound of a room mixed on the server",
            "A few rooms first, all of them after three weeks.",
        ),
        "guilty",
        rollout="2018-02-13 10:30",
        reverted="2018-02-27 14:00",
    )
    return Plant(
        "sound_on_server",
        "A flag reaches all lesson rooms over three weeks and spoils their sound: contacts about sound and "
        "picture rise as it spreads, CSAT falls.",
        "service",
        guilty.at,
        wall("2018-02-27 14:00"),
        ramp_days=21.0,
        reason="audio_video",
        contacts=5.0,
        turns=0.55,
        csat=-1.3,
        entries=(guilty,),
        innocents=(
            *_innocent(
                ("2018-01-19 10:40", "release", "payouts", "Bank details checked when typed", "Two digits."),
                ("2018-01-25 11:30", "release", "lesson-room", "Lesson notes open in a tab", "Was a window."),
                ("2018-02-05 10:15", "config", "search", "Results by page of twenty", "Was ten."),
            ),
            _entry(
                ("2018-01-31 13:20", "flag", "scheduling", "Calendar by week", "Half of the learners."),
                "decoy",
                rollout="2018-02-14 13:20",
            ),
            *_innocent(
                ("2018-02-14 11:00", "release", "tutor-profiles", "Languages shown by level", "Four levels."),
            ),
        ),
    )


def calendar_train(_: Scenario) -> Plant:
    """Six changes within an hour, of which one moves lessons to another hour."""
    guilty = _entry(
        (
            "2018-04-19 10:20",
            "release",
            "scheduling",
            "Lessons stored with their zone",
            "Was the zone of the tutor; older lessons are converted.",
        ),
        "guilty",
    )
    mend = _entry(
        ("2018-05-10 13:40", "release", "scheduling", "Zone of older lessons set right", "Some 900 lessons."),
        "fix",
    )
    return Plant(
        "calendar_train",
        "One of six changes released within an hour shows lessons at a wrong hour: contacts about the time "
        "of lessons rise, CSAT falls.",
        "service",
        guilty.at,
        mend.at,
        reason="scheduling",
        contacts=4.0,
        turns=0.6,
        csat=-1.2,
        entries=(guilty, mend),
        innocents=_innocent(
            ("2018-04-19 10:05", "release", "search", "Tutors sorted by last lesson", "Newest first."),
            ("2018-04-19 10:10", "release", "payouts", "Payouts carry a reference", "For the bank."),
            ("2018-04-19 10:25", "config", "platform/shared", "Images served compressed", "A third smaller."),
            ("2018-04-19 10:35", "release", "tutor-profiles", "Degrees in a list of their own", "Was text."),
            ("2018-04-19 10:50", "release", "checkout", "Vouchers typed in capitals", "Either works."),
            ("2018-04-17 11:20", "content", "help-centre", "Answers about gift vouchers", "Seven."),
            ("2018-04-23 14:30", "release", "messaging", "Drafts are kept", "For a week."),
        ),
    )


PRODUCT_PLANTS: tuple[Callable[[Scenario], Plant], ...] = (
    locked_out,
    carriers_quarrel,
    sound_on_server,
    calendar_train,
)


def plant_product(scenario: Scenario) -> tuple[Plant, ...]:
    """Every truth planted in the product."""
    return tuple(plant(scenario) for plant in PRODUCT_PLANTS)
