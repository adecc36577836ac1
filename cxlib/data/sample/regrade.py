"""Answers given anew where a plant of the product acts; all others keep score and comment."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import words
from cxlib.data.sample.calendar import Floats, Ints, local_times
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.surveys import CSAT_CUTS, NPS_CUTS, opinion_of

__all__ = ["regraded"]

_USUAL_NPS = 33.0
_BELOW, _ABOVE = 0.6, 1.1  # how far opinions of the lowest and of the highest score reach

Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]


def regraded(
    rng: np.random.Generator, surveys: pd.DataFrame, tickets: pd.DataFrame, plants: Sequence[Plant]
) -> pd.DataFrame:
    """Surveys with the scores that the plants leave of them, and a comment that fits.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this alone.
    surveys, tickets : DataFrame
        As text; with the columns of their customers' segments.
    plants : sequence of Plant
        NPS falls by the instant of sending, CSAT by that of the ticket, about the plant's reason.
    """
    good = (surveys["survey_id"].str.strip() != "") & ~surveys.duplicated("survey_id", keep=False)
    number = pd.to_numeric(surveys["score"], errors="coerce")
    own = tickets.drop_duplicates("ticket_id").set_index("ticket_id")
    about = own["reason"].reindex(surveys["ticket_id"]).fillna("").to_numpy(dtype="str")
    created = _walls(own["created_at"].reindex(surveys["ticket_id"]).fillna(""))
    is_nps = ((surveys["trigger"] == "relationship") & good & (number <= 10)).to_numpy()
    is_csat = ((surveys["kind"] == "csat") & good & (number <= 5)).to_numpy()
    nps, csat = np.zeros(len(surveys)), np.zeros(len(surveys))
    for plant in plants:
        inside = np.ones(len(surveys), dtype=np.bool_)
        if plant.segment is not None:
            inside = (surveys[plant.segment[0]] == plant.segment[1]).to_numpy()
        points = plant.nps * plant.strength(_walls(surveys["sent_at"]))
        nps += inside * (opinion_of(_USUAL_NPS + points) - opinion_of(np.array([_USUAL_NPS])))
        csat += (inside & (about == plant.reason)) * plant.csat * plant.strength(created)
    score = number.fillna(0).to_numpy(dtype=np.int64)
    lower = _lowered(rng, score, nps * is_nps, NPS_CUTS)
    lower = np.where(is_csat, 1 + _lowered(rng, np.maximum(score - 1, 0), csat * is_csat, CSAT_CUTS), lower)
    is_lower = (is_nps | is_csat) & (lower < score)
    comment = np.where(is_nps, words.nps_comments(rng, words.mood_of(lower), is_lower), "")
    comment = np.where(is_csat, words.csat_comments(rng, lower, is_lower, about), comment)
    return surveys.assign(
        score=np.where(is_lower, lower.astype(np.str_), surveys["score"]),
        comment=np.where(is_lower, comment, surveys["comment"]),
    )


def _walls(texts: "pd.Series[str]") -> Ints:
    """Local wall seconds; long ago where the text is no instant."""
    walls: Ints = local_times(texts).to_numpy(dtype="datetime64[s]").astype(np.int64)
    return walls


def _lowered(rng: np.random.Generator, score: Ints, shift: Floats, cuts: Floats) -> Ints:
    """Scores, counted from 0, of opinions that may lie anywhere within their score's, after a shift."""
    edges = np.concatenate([[cuts[0] - _BELOW], cuts, [cuts[-1] + _ABOVE]])
    place = np.minimum(score, len(cuts))
    opinion = edges[place] + rng.random(len(score)) * (edges[place + 1] - edges[place])
    lower: Ints = np.searchsorted(cuts, opinion + shift).astype(np.int64)
    return np.where(shift < 0, np.minimum(lower, score), score)
