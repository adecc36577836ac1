"""The words of ordinary changes: component, kind, title and description, a line each; app versions."""

__all__ = ["APP_NOTES", "ORDINARY"]

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
scheduling|release|Recurring lessons follow the learner's clock|Lessons keep their local hour.
checkout|release|Cards saved at first payment|Asked for, never assumed.
checkout|release|Receipts by e-mail as PDF|With the learner's name.
checkout|release|Gift vouchers can be split|Over several payments.
checkout|flag|Pay with bank transfer|Selected regions.
checkout|config|Payment retries spread over five days|Was three in a day.
checkout|release|Clearer message when a card is refused|Says what the bank said.
checkout|release|Invoice address can be changed later|Until the month is closed.
checkout|release|Order summary before payment|Lessons, price each, total.
pricing|release|Price rounding to whole cents fixed|Ninety-nine accounts corrected.
pricing|campaign|Two lessons for one|In the first week of a new plan.
pricing|campaign|Offer for returning learners|Ends after two weeks.
pricing|campaign|Longer lessons at the same price|Before exams.
pricing|campaign|Reading offer|Ten lessons at a lower price.
pricing|campaign|Vouchers for learners with siblings|Second learner free for a week.
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
notifications|content|Newsletter to all learners|Twelve tutors portrayed.
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
|release|Small fixes from the clean-up week|Nineteen tickets, none visible.
|content|Terms of service revised|Mailed to everyone.
lesson-room|config|Evening relays moved to a second provider|Half of the rooms.
lesson-room|release|Tutor can mute a learner|And hand the sound back.
lesson-room|flag|New pencil for the whiteboard|A fifth of the tutors.
lesson-room|content|Texts on the joining page shortened|Three steps in place of five.
search|config|Subjects merged that nobody searched for|Eleven subjects.
search|content|Subject pages rewritten|Maths and languages first.
search|flag|Search by voice|Phones only.
search|release|Recently seen tutors on the start page|Last five.
scheduling|config|Reminder texts carry the lesson's subject|All languages.
scheduling|flag|Lessons of 45 minutes by default|New learners.
scheduling|content|Absence notice in the calendar|Who teaches when.
scheduling|release|Two lessons in a row count as one booking|One confirmation.
checkout|config|Fraud rules tuned|Fewer good cards refused.
checkout|flag|Wallet payment on phones|A quarter of all phones.
checkout|content|Wording of the payment page|Says when the money is taken.
checkout|release|Partial refunds from the invoice|By support only.
checkout|config|Card provider switched for small sums|Below twenty dollars.
pricing|campaign|Weekend lessons for less|Four weekends.
pricing|campaign|Ten years of lessons: a birthday offer|One week.
pricing|campaign|Study hall on Saturdays|Groups of four.
pricing|config|Price shown with tax everywhere|As the law asks.
pricing|flag|Prices in steps of five|A tenth of new learners.
payouts|content|Payout calendar for the year|On the tutors' page.
payouts|config|Bank files signed with the new key|Old key ends in June.
payouts|release|Tutors see pending payouts|With the day they are due.
messaging|config|Spam filter learns from reports|Daily.
messaging|content|House rules for messages|One page.
messaging|release|Messages can be searched|Own messages only.
messaging|flag|Voice notes|A tenth of the tutors.
notifications|config|Sender address of all e-mails changed|One address in place of three.
notifications|content|Plan renewal e-mail shows the price first|As asked for in comments.
notifications|flag|Weekly progress e-mail|Half of the parents.
notifications|release|Quiet hours for push messages|From nine in the evening.
notifications|config|E-mail provider switched for invoices|Bounces fell in the trial.
accounts|flag|Sign in without a password|Five per cent.
accounts|config|Lock after ten failed sign-ins|Was five.
accounts|content|Privacy page in plain words|Checked by legal.
accounts|release|Time zone follows the browser|Can be fixed in settings.
help-centre|content|Pictures renewed in forty articles|After the redesign.
help-centre|flag|Chat button on the invoice page|Half of all visitors.
help-centre|config|Opening hours of the phone line|From eight to six.
help-centre|content|Articles for parents|Nine new ones.
help-centre|release|Search in the help centre knows synonyms|Two hundred pairs.
tutor-profiles|config|Reviews older than five years hidden|Still counted.
tutor-profiles|content|Examples of good introductions|Six videos.
tutor-profiles|release|Tutors list their school grades taught|From one to twelve.
tutor-profiles|flag|Trial lesson button on profiles|A third of the visitors.
surveys|content|Spelling in the survey e-mails|Two words.
surveys|release|Survey links stay valid for 14 days|Was seven.
surveys|flag|Follow-up question after low scores|Half of the answers.
reporting|release|Weekly summary by e-mail|For team leads.
reporting|config|Dashboard refresh every hour|Was daily.
reporting|definition|Solved means solved by a person|Bot closes are shown apart.
reporting|content|Glossary of our measures|One page.
data/segmentation|config|Segment names documented|No change in values.
data/warehouse|release|Orders and lessons joined by key|Was by name.
data/warehouse|config|Access for the finance team|Read only.
platform/shared|config|Time-outs between services|Two seconds everywhere.
platform/shared|release|Feature flags service moved|Same flags.
platform/shared|config|Build machines renewed|Twice as fast.
platform/events|release|Event schema checked at the gate|Warnings only.
platform/events|config|Events carry the app's version|For crash reports.
crm/sync|release|Phone numbers stored in one form|With country code.
crm/sync|config|Nightly full sync dropped|Changes only.
|content|Imprint updated|New address.
|config|Old domains forward to the new one|Four domains.
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
