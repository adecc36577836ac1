"""Prepared columns of posts: which are our own, which wait for a reply, and when it came."""

from typing import Final

from sqlglot import exp

from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import column, rows_of, table_rows
from cxlib.data.templates import query

__all__ = ["OWN_ROLES", "POSTS"]

OWN_ROLES: Final = ("own", "agent", "bot", "brand", "staff")
"""Values of posts.author_role that speak for the company; everybody else is others."""

_DOUBLINGS: Final = 4  # a thread is followed up through 15 replies; what goes deeper begins a new one

_OWNED: Final = "SELECT *, :is_own AS is_own, LOWER(kind) = 'spam' AS is_spam FROM posts_rows"
_POSTED: Final = """
SELECT post_id, posted_at, is_own, in_reply_to AS above,
  CASE WHEN NOT is_own AND NOT is_spam THEN post_id END AS thread_id
FROM posts_owned
"""
# The highest post by others on the way up: each step looks twice as far as the one before.
_STEP: Final = """
SELECT p.post_id, p.posted_at, p.is_own, u.above, COALESCE(u.thread_id, p.thread_id) AS thread_id
FROM :below AS p LEFT JOIN :below AS u ON u.post_id = p.above
"""
# A reply to the words of somebody else is for them; spam is for nobody.
_ASKING: Final = """
SELECT t.post_id, t.posted_at, t.is_own, t.thread_id,
  NOT r.is_own AND NOT r.is_spam AND COALESCE(r.needs_reply, TRUE) AND COALESCE(up.is_own, TRUE) AS asks
FROM posts_owned AS r JOIN :threads AS t ON t.post_id = r.post_id
LEFT JOIN posts_owned AS up ON up.post_id = r.in_reply_to
"""
# A thread counts once, from the first of its posts that asks; ties go by the id.
_PLACED: Final = """
SELECT post_id, asks AND place = 1 AS awaits_reply,
  CASE WHEN asks AND place = 1 THEN own_at END AS answered_at
FROM (
  SELECT *,
    ROW_NUMBER() OVER (PARTITION BY thread_id, asks ORDER BY posted_at, post_id) AS place,
    MIN(CASE WHEN is_own THEN posted_at END) OVER (
      PARTITION BY thread_id ORDER BY posted_at, CASE WHEN is_own THEN 1 ELSE 0 END
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS own_at
  FROM posts_asking
) AS ranked
"""
_JOINED: Final = """
SELECT r.*, p.awaits_reply, p.answered_at
FROM posts_owned AS r LEFT JOIN posts_placed AS p ON p.post_id = r.post_id
"""


def _make(order: Order) -> Prepared:
    """The rows of posts; threads are followed only where it is asked who waits."""
    roles = [exp.Literal.string(role) for role in OWN_ROLES]
    is_own = exp.In(this=exp.Lower(this=column("author_role")), expressions=roles)
    queries: dict[str, exp.Query] = {
        rows_of("posts"): table_rows(order.data, order.engine, "posts", extra=order.extra),
        "posts_owned": query(_OWNED, is_own=is_own),
    }
    if order.wanted <= {"is_own"}:
        return Prepared("posts_owned", queries)
    queries["threads_0"] = query(_POSTED)
    for step in range(_DOUBLINGS):
        queries[f"threads_{step + 1}"] = query(_STEP, below=exp.to_identifier(f"threads_{step}"))
    queries["posts_asking"] = query(_ASKING, threads=exp.to_identifier(f"threads_{_DOUBLINGS}"))
    queries["posts_placed"] = query(_PLACED)
    queries["posts_prepared"] = query(_JOINED)
    return Prepared("posts_prepared", queries)


POSTS: Final = Maker(
    columns={"is_own": "bool", "awaits_reply": "bool", "answered_at": "instant"},
    needs={
        "awaits_reply": (("posts", ("in_reply_to",)),),
        "answered_at": (("posts", ("in_reply_to",)),),
    },
    make=_make,
)
"""Maker of the prepared columns of posts."""
