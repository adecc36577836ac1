"""Who had to write again before anybody answered: within a ticket, and across the tickets of a customer."""

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.clock import DAY_US
from cxlib.data.relations import number
from cxlib.data.replies import human_role
from cxlib.data.templates import expression, query

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["REPEATS", "repeat_steps"]

REPEATS: Final = frozenset({"second_message_at", "unanswered_repeat"})
"""Prepared columns of tickets that are made here."""

_APART_US: Final = 600_000_000
_ACROSS_US: Final = 7 * DAY_US

# Words of the customer and what answers them; a ticket without a customer stands for itself.
_WORDS: Final = """
SELECT m.ticket_id, m.sent_at, m.author_role = 'customer' AS by_customer,
  CASE WHEN m.author_role = 'customer' THEN 0 ELSE 1 END AS answer,
  t.customer_id, CASE WHEN t.customer_id IS NULL THEN t.ticket_id END AS own_ticket_id
FROM messages_rows AS m JOIN tickets_prepared AS t ON t.ticket_id = m.ticket_id
WHERE COALESCE(m.public, TRUE) AND t.is_counted AND (m.author_role = 'customer' OR :answers)
"""
# Words between two answers share a number: of this ticket's answers, and of all that the customer got.
_RUNS: Final = """
SELECT *,
  SUM(answer) OVER (PARTITION BY ticket_id ORDER BY sent_at, answer ROWS UNBOUNDED PRECEDING) AS own_run,
  SUM(answer) OVER (
    PARTITION BY customer_id, own_ticket_id ORDER BY sent_at, answer ROWS UNBOUNDED PRECEDING
  ) AS any_run,
  MIN(CASE WHEN by_customer THEN sent_at END) OVER (PARTITION BY ticket_id) AS first_at
FROM words
"""
_PAIRED: Final = """
SELECT ticket_id, sent_at, first_at,
  MIN(sent_at) OVER (PARTITION BY ticket_id, own_run) AS run_began_at,
  COUNT(*) OVER (
    PARTITION BY customer_id, own_ticket_id, any_run ORDER BY sent_at
    RANGE BETWEEN :across PRECEDING AND :apart PRECEDING
  ) AS words_before
FROM runs WHERE by_customer
"""
_SECONDS: Final = """
SELECT ticket_id,
  MIN(CASE WHEN sent_at - run_began_at >= :apart OR words_before > 0 THEN sent_at END) AS repeated_at,
  MIN(CASE WHEN sent_at - first_at >= :apart THEN sent_at END) AS later_at
FROM paired GROUP BY ticket_id
"""
_REPEATED: Final = """
SELECT t.*, COALESCE(s.repeated_at, s.later_at) AS second_message_at,
  CASE WHEN s.repeated_at IS NOT NULL THEN 1 WHEN s.ticket_id IS NOT NULL THEN 0 END AS unanswered_repeat
FROM :source AS t LEFT JOIN second_words AS s ON s.ticket_id = t.ticket_id
"""


def repeat_steps(data: "Dataset", source: str) -> dict[str, exp.Query]:
    """The queries to ``repeated``, which adds second_message_at and unanswered_repeat.

    A ticket with a customer's word is 1 if one of them comes at least ten minutes after another of the same
    ticket, or of another ticket of the customer not more than seven days before, and no human had answered
    in between; else 0. Its second message is the first such word; where there is none, the first word ten
    minutes after the first one, which was answered; without either it has none.

    Parameters
    ----------
    data : Dataset
        Its definitions say whether an automatic acknowledgement is an answer (``ack_counts``).
    source : str
        Query with the rows of tickets.
    """
    acknowledged = data.settings.definitions["ack_counts"]
    answers = expression("m.author_role <> 'customer'") if acknowledged else human_role(data)
    apart = number(_APART_US)
    return {
        "words": query(_WORDS, answers=answers),
        "runs": query(_RUNS),
        "paired": query(_PAIRED, apart=apart, across=number(_ACROSS_US)),
        "second_words": query(_SECONDS, apart=apart),
        "repeated": query(_REPEATED, source=exp.to_identifier(source)),
    }
