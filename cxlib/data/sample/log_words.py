"""The words of the change log: bland for the guilty change, tempting for its neighbours, and all others."""

from cxlib.data.sample.entries import Kind

__all__ = ["APP_NOTES", "BLAND", "DECOYS", "ORDINARY"]

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
        920,
        "lesson-room",
        "release",
        "Lesson player redesign",
        "New controls, larger whiteboard, fewer menus.",
        "",
    ),
    (
        0,
        985,
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

_LINES = """
lesson-room|release|Whiteboard keeps shapes after a reload|Shapes were lost when a learner reloaded.
lesson-room|release|Screen sharing in lesson room|Tutors share one window; learners on request.
lesson-room|release|Echo cancellation switched to the new library|Better on old laptops.
lesson-room|release|Lesson timer counts from the first joint minute|Tutors asked for it.
lesson-room|flag|Breakout whiteboard for pairs|Ten per cent first.
lesson-room|config|Extra media relays for evening hours|Two more relays between 16:00 and 21:00.
lesson-room|release|File drop on the whiteboard|PDF and images up to 20 MB.
lesson-room|release|Connection check before a lesson|Camera, microphone and bandwidth in one page.
lesson-room|config|Media relay time-out raised|From 20 to 45 seconds.
lesson-room|release|Formula editor on the whiteboard|Typed formulas beside handwriting.
lesson-room|flag|Captions in the lesson room|English only, five per cent.
lesson-room|release|Recording available an hour after the lesson|Was next morning.
search|release|Search by school subject and grade|Grades follow the learner's region.
search|release|Saved tutor searches|With a weekly e-mail if wanted.
search|release|Typing errors tolerated in tutor search|Two letters off still finds the subject.
search|flag|Similar tutors on profile pages|Half of all learners.
search|config|Search index rebuilt every hour|Was every four hours.
search|release|Filter by lesson length|30, 45, 60 and 90 minutes.
search|release|Distance filter removed|Online lessons only since last year.
scheduling|release|Recurring lessons can skip holidays|Per learner and tutor.
scheduling|release|Late cancellation asks for a reason|Shown to the tutor.
scheduling|release|Waiting list for fully booked tutors|First come, first served.
scheduling|release|Reschedule from the reminder|One click; tutor confirms.
scheduling|flag|Suggested times from both calendars|Learners with a linked calendar.
scheduling|config|Cancellation window shortened to 12 hours|Was 24 hours.
scheduling|release|Calendar feed for tutors|Read only.
scheduling|release|Daylight saving fix for recurring lessons|Lessons keep their local hour.
checkout|release|Cards saved at first payment|Asked for, never assumed.
checkout|release|Receipts by e-mail as PDF|With the learner's name.
checkout|release|Gift vouchers can be split|Over several payments.
checkout|flag|Pay with bank transfer|Selected regions.
checkout|config|Payment retries spread over five days|Was three in a day.
checkout|release|Clearer message when a card is refused|Says what the bank said.
checkout|release|Invoice address can be changed later|Until the month is closed.
checkout|release|Order summary before payment|Lessons, price each, total.
pricing|release|Price rounding to whole cents fixed|Ninety-nine accounts corrected.
pricing|campaign|Back to school offer|Two lessons for one in the first week.
pricing|campaign|New year's offer for returning learners|Ends on 20 January.
pricing|campaign|Exam weeks: longer lessons at the same price|Four weeks.
pricing|campaign|Summer reading offer|Ten lessons at a lower price.
pricing|campaign|Spring vouchers for learners with siblings|Second learner free for a week.
pricing|config|Voucher codes expire after a year|Was never.
payouts|release|Tutors choose weekly or monthly payouts|Default stays weekly.
payouts|release|Payout statement lists every lesson|With date and learner's initials.
payouts|config|Payout run moved to the early morning|Before banks open.
payouts|release|Tax form download for tutors|For last year.
messaging|release|Attachments in messages|Images and PDF.
messaging|release|Read marks in messages|Both sides.
messaging|release|Messages sorted by last answer|Unanswered ones first.
messaging|flag|Quick answers for tutors|Three texts to choose from.
messaging|release|Blocked words list updated|Fewer false alarms.
messaging|config|Message retention set to three years|Legal's advice.
notifications|content|New wording of the welcome e-mail|Shorter; one link.
notifications|release|Reminders by text message|Opt in.
notifications|config|Reminder goes out two hours before|Was one hour.
notifications|content|Invitation to rate the tutor reworded|Says how long it takes.
notifications|release|Push messages grouped by lesson|One per lesson and day.
notifications|content|Summer newsletter|Twelve tutors portrayed.
accounts|release|Sign in with a school account|Pilot with four districts.
accounts|release|Parents can add a second learner|Shared payment.
accounts|release|Password rules follow the new guideline|Longer, no forced change.
accounts|release|Close account from the settings page|Was by e-mail only.
accounts|config|Session length raised to 30 days|On known devices.
accounts|release|Two-step sign-in for tutors|Required from next quarter.
help-centre|content|Articles on joining a lesson rewritten|With pictures for three browsers.
help-centre|content|Refund rules in plain words|Checked by legal.
help-centre|release|Suggested articles in the contact form|Before the form is sent.
help-centre|content|Frequent questions for new tutors|Fifteen answers.
help-centre|release|Contact form asks for the lesson|Pre-filled from the page.
help-centre|content|Article on sound problems|With a list of headsets.
help-centre|release|Chat opens at seven in the morning|An hour earlier.
help-centre|config|Chat bot hands over after two questions|Was four.
help-centre|content|Articles sorted by season|Exams, holidays, start of school.
tutor-profiles|release|Video introductions on profiles|Up to one minute.
tutor-profiles|release|Badges for checked diplomas|Checked by the tutor team.
tutor-profiles|release|Reviews show the subject|Where the learner agrees.
tutor-profiles|flag|Profile layout with free hours on top|Half of all visitors.
tutor-profiles|release|Tutors can pause their profile|For up to 90 days.
tutor-profiles|content|Guide to a good profile|For new tutors.
surveys|config|NPS question asked every 90 days|Was every 120 days for some.
surveys|release|Comments translated for the weekly summary|Machine translation, marked as such.
surveys|release|CSAT question sent an hour after the solve|Was the next morning.
surveys|content|Thank-you page after a survey|Links to the help centre.
surveys|config|Survey reminders go out once|Was twice.
reporting|definition|Tickets marked as spam leave the weekly count|From this week on.
reporting|definition|Lessons under five minutes no longer counted|Nobody joined them.
reporting|definition|Monthly active learners by local month|Was by UTC month.
reporting|release|Dashboard for regional leads|Read only.
data/segmentation|release|Add renewal date to the customer table|For the retention team.
data/segmentation|release|Backfill region for old customers|From the billing address.
data/segmentation|config|Segment tables refreshed at five in the morning|Was at two.
data/warehouse|release|Warehouse upgraded to the next minor version|Read-only for an hour.
data/warehouse|config|Old snapshots archived|Older than two years.
data/warehouse|release|Faster load of lesson events|Minutes instead of an hour.
platform/shared|release|Web framework upgraded|No visible change.
platform/shared|release|Logging library replaced|Less noise on call.
platform/shared|config|Rate limits for outside callers|Per key.
platform/shared|release|Fonts served from our own host|Pages open faster.
platform/events|release|Retry queue for failed events|Up to six hours.
platform/events|config|Event retention raised to 14 days|Was seven.
crm/sync|release|Contact sync every ten minutes|Was hourly.
crm/sync|config|Field mapping reviewed|Three unused fields dropped.
|release|Accessibility fixes on public pages|Contrast and focus order.
|config|Certificates renewed|All hosts.
|release|Cookie notice reworded|For new rules.
|release|Small fixes from the autumn clean-up week|Nineteen tickets, none visible.
|content|Terms of service revised|Mailed to everyone.
lesson-room|outage|Whiteboard slow for some learners|Forty minutes in the evening.
checkout|outage|Card payments refused for an hour|Provider fault; retried the same day.
accounts|outage|Sign-in page slow|Twenty minutes around noon.
messaging|outage|Messages delayed|Up to 50 minutes; none lost.
search|outage|Search results empty for half an hour|Index swap went wrong and was undone.
"""

ORDINARY: tuple[tuple[str, ...], ...] = tuple(tuple(line.split("|")) for line in _LINES.strip().splitlines())

APP_NOTES = (
    "Faster start; smaller download.",
    "Lesson reminders can be snoozed.",
    "Fixes for older phones.",
    "Tutor profiles open in the app.",
    "New tab for homework files.",
    "Payment screen follows the web site.",
    "Crash on rotating the whiteboard fixed.",
    "Messages load older entries.",
    "Dark colours follow the phone's setting.",
    "Better sound on speaker phones.",
)
