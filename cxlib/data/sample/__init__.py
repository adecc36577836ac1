"""A synthetic company with planted truths: learners, tutors, tickets, surveys and a log of changes.

`scenario` says which day, segment and words are planted; `plants` what each truth does; `company`,
`demand`, `surveys`, `tickets` and `conversations` play the company out; `log` writes its changes, `dirt`
spoils some rows, `truth` tells what came of it, and `write` puts it on disk.

`further` adds what the story does not touch, each part from a stream of its own: `plants_care` says what is
planted there, `ticket_details`, `annotate`, `repeats`, `follow_up`, `operations`, `outbound`, `community`
and `meetings` make it, `dirt_care` spoils it, `truth_care` tells what came of it.

`business` adds accounts last: `accounts` says who they are, `experience` what their people went through,
`loyalty` who belongs to them and who leaves for it, `seats` and `managers` what shows of it, `dirt_accounts`
spoils it, `truth_accounts` tells what came of it. It changes no row but for a further column, `account_id`.
"""

from cxlib.data.sample.build import Sample, make_sample
from cxlib.data.sample.write import write_sample

__all__ = ["Sample", "make_sample", "write_sample"]
