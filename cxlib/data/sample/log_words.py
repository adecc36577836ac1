"""The words of the change log: bland for the guilty change, tempting for its neighbours."""

from cxlib.data.sample.entries import Kind

__all__ = ["BLAND", "DECOYS"]

# (component, (title, description) of the change, the same of its mend)
BLAND: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...] = (
    (
        "data/segmentation",
        (
            "Tidy customer segment query used by downstream jobs",
            "One query in place of two; same columns as before. No visible change.",
        ),
        (
            "Restore a join in the customer segment query",
            "Rows without a renewal date are kept again, as they were three weeks ago.",
        ),
    ),
    (
        "data/warehouse",
        (
            "Move the nightly customer snapshot to the new scheduler",
            "Same tables, earlier in the night. Minor.",
        ),
        (
            "Widen the nightly customer snapshot",
            "Late partitions are read again before the snapshot is closed.",
        ),
    ),
    (
        "platform/shared",
        ("Bump shared attribute library to 2.3", "Default of one lookup changes; callers need no edit."),
        ("Bump shared attribute library to 2.3.1", "The lookup returns what it returned in 2.2."),
    ),
    (
        "platform/events",
        ("Rename two fields in the account event stream", "Old names stay for readers that ask for them."),
        ("Read both field names in the account event stream", "Consumers that lagged behind catch up."),
    ),
    (
        "crm/sync",
        ("Minor clean-up of contact attributes", "Drops attributes that nothing has written since 2016."),
        ("Put back one contact attribute", "It was still read by a job that nobody had listed."),
    ),
)

# (days from the guilty day, minute of the day, component, kind, title, description, scope)
DECOYS: tuple[tuple[int, int, str, Kind, str, str, str], ...] = (
    (
        -6,
        650,
        "help-centre",
        "content",
        "New articles about renewing a plan",
        "Six articles, linked from billing.",
        "",
    ),
    (
        -1,
        470,
        "lesson-room",
        "release",
        "Lesson player redesign",
        "New controls, larger whiteboard, fewer menus.",
        "",
    ),
    (
        0,
        1050,
        "search",
        "release",
        "Tutor search ranks by free hours",
        "Tutors with free hours this week first.",
        "",
    ),
    (
        1,
        610,
        "messaging",
        "release",
        "Learner inbox shows surveys and notices",
        "One list for all notices.",
        "",
    ),
    (
        1,
        905,
        "checkout",
        "release",
        "Renewal page for plans rewritten",
        "Price a lesson shown before the total.",
        "",
    ),
    (
        2,
        630,
        "surveys",
        "release",
        "New NPS survey email design",
        "Question in the e-mail itself; one click.",
        "",
    ),
    (
        3,
        700,
        "notifications",
        "config",
        "Fewer notices a day for each learner",
        "At most two, the rest next day.",
        "",
    ),
    (
        6,
        615,
        "scheduling",
        "release",
        "Calendar shows both time zones",
        "Tutor's and learner's zone side by side.",
        "",
    ),
    (
        7,
        840,
        "pricing",
        "campaign",
        "Bring a friend: one lesson free",
        "Mail to active learners.",
        "plan=monthly",
    ),
    (8, 640, "lesson-room", "release", "Session recording on by default", "Learners can switch it off.", ""),
)
