"""What learners write: short comments that fit the score, the reason or the stars."""

import numpy as np
from numpy.typing import NDArray

from cxlib.data.sample.calendar import Ints

__all__ = ["csat_comments", "mood_of", "nps_comments", "review_texts"]

_NPS = (
    (
        "The lesson froze twice last week",
        "Our tutor cancelled an hour before",
        "Too expensive for what we get",
        "Hard to find a tutor for chemistry",
        "I was charged for a lesson that did not happen",
        "Nobody answered my question for days",
        "The app logs me out all the time",
        "Hard to move a lesson to another day",
        "Sound kept dropping out",
        "Tutor was often late",
        "The calendar showed the wrong hour",
        "Refund took three weeks",
    ),
    (
        "Good tutors, the site could be simpler",
        "It works, sometimes the video is poor",
        "Fine so far",
        "Nice tutor, but few free hours",
        "Would like a cheaper plan",
        "Good, though the whiteboard is slow",
        "More tutors for physics please",
        "Okay for us",
    ),
    (
        "My daughter passed her maths exam!",
        "Wonderful tutor, patient and clear",
        "So easy to book a lesson",
        "Best money we spent this year",
        "Our tutor is great",
        "My son looks forward to his lessons",
        "The whiteboard is brilliant",
        "Great help before the finals",
        "Flexible hours, friendly people",
        "From a C to an A in one term",
        "Thank you",
    ),
)
_CSAT_GOOD = (
    "Quick and kind",
    "Solved at once",
    "Thanks for the help",
    "Very friendly",
    "All good now",
    "Great service",
)
_CSAT_POOR = (
    "Still not solved",
    "I had to explain it three times",
    "Took far too long",
    "The answer did not fit my question",
    "Still waiting",
    "Not helpful",
)
_TOPIC = {
    "lesson_connection": "could not join the lesson",
    "audio_video": "no sound again",
    "scheduling": "wrong time in the e-mail",
    "tutor_no_show": "tutor did not come",
    "billing": "charged twice",
    "refund": "where is my refund",
}
_STARS = (
    ("Crashes on start", "Cannot join lessons on my phone", "Logged out every day", "Waste of time"),
    (
        "Video is poor",
        "Slow since the last update",
        "Too many messages",
        "Whiteboard hardly works on a tablet",
    ),
    ("Does the job", "Okay, calendar is confusing", "Good tutors, app so so"),
    ("Works well, could be faster", "Good app", "Nice, dark colours please", "Handy for messages"),
    (
        "Love it",
        "Great tutors",
        "Easy to book lessons",
        "My kids use it every week",
        "Helped me pass",
        "Excellent",
    ),
)


def _choose(rng: np.random.Generator, texts: tuple[str, ...], count: int) -> NDArray[np.str_]:
    return np.array(texts)[rng.integers(len(texts), size=count)]


def mood_of(score: Ints) -> Ints:
    """0 detractor, 1 passive, 2 promoter."""
    return np.where(score >= 9, 2, np.where(score >= 7, 1, 0))


def nps_comments(rng: np.random.Generator, mood: Ints, answered: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Comments on a quarter of the answers; mood 0 detractor, 1 passive, 2 promoter."""
    comment = np.full(len(mood), "", dtype="<U60")
    says = answered & (rng.random(len(mood)) < np.array([0.36, 0.2, 0.22])[mood])
    for value, texts in enumerate(_NPS):
        place = np.flatnonzero(says & (mood == value))
        comment[place] = _choose(rng, texts, len(place))
    return comment


def csat_comments(
    rng: np.random.Generator, score: Ints, answered: NDArray[np.bool_], reasons: NDArray[np.str_]
) -> NDArray[np.str_]:
    """Comments on some answers; unhappy ones often name the reason."""
    comment = np.full(len(score), "", dtype="<U80")
    poor = score <= 3
    says = answered & (rng.random(len(score)) < np.where(poor, 0.45, 0.15))
    happy = np.flatnonzero(says & ~poor)
    comment[happy] = _choose(rng, _CSAT_GOOD, len(happy))
    sad = np.flatnonzero(says & poor)
    text = _choose(rng, _CSAT_POOR, len(sad))
    topic = np.array([_TOPIC.get(reason, "") for reason in reasons[sad].tolist()], dtype="<U40")
    with_topic = (topic != "") & (rng.random(len(sad)) < 0.6)
    comment[sad] = np.where(with_topic, np.char.add(np.char.add(text, ", "), topic), text)
    return comment


def review_texts(rng: np.random.Generator, rating: Ints) -> NDArray[np.str_]:
    """A text for two reviews in three."""
    text = np.full(len(rating), "", dtype="<U60")
    says = rng.random(len(rating)) < 0.66
    for stars, texts in enumerate(_STARS, start=1):
        place = np.flatnonzero(says & (rating == stars))
        text[place] = _choose(rng, texts, len(place))
    return text
