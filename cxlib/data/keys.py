"""Which rows share a key: whole keys are compared only where their hashes meet."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.findings import Rows

__all__ = ["shared_keys"]

_WORD = 8
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


def shared_keys(keys: pa.Array, live: npt.NDArray[np.bool_]) -> Rows:
    """Live rows whose key another live row has.

    Parameters
    ----------
    keys : pyarrow.Array of string
        One key per row; missing ones share nothing.
    live : array of bool, shape (rows,)
        The rows that count.

    Returns
    -------
    array of int
        Row numbers, ascending.

    Examples
    --------
    >>> shared_keys(pa.array(["a", "b", "a", None, None, "b"]), np.array([True] * 5 + [False])).tolist()
    [0, 2]
    """
    rows = np.flatnonzero(live & np.asarray(keys.is_valid()))
    hashes = _hashes(keys)[rows]
    ordered = np.sort(hashes)  # far cheaper than its order, which most files do not need
    if not (ordered[1:] == ordered[:-1]).any():
        return np.array([], dtype=np.int64)
    order = np.argsort(hashes)
    same = hashes[order][1:] == hashes[order][:-1]
    meeting = np.zeros(len(rows), dtype=bool)
    meeting[order[1:][same]] = meeting[order[:-1][same]] = True
    rows = rows[meeting]
    coded = pc.dictionary_encode(keys.take(pa.array(rows)))
    codes = np.asarray(coded.indices)
    shared: Rows = rows[np.bincount(codes)[codes] > 1].astype(np.int64)
    return shared


def _hashes(keys: pa.Array) -> npt.NDArray[np.uint64]:
    """A hash of every string, eight bytes at a time; equal strings have equal hashes."""
    _, ends, content = keys.buffers()
    edges = np.frombuffer(ends, dtype=np.int32)[keys.offset : keys.offset + len(keys) + 1].astype(np.int64)
    start, length = edges[:-1], np.diff(edges)
    octets = np.zeros((content.size if content is not None else 0) + _WORD, dtype=np.uint8)
    if content is not None:
        octets[: content.size] = np.frombuffer(content, dtype=np.uint8)
    words = np.ndarray(shape=(len(octets) - _WORD + 1,), dtype="<u8", buffer=octets, strides=(1,))
    hashes = length.astype(np.uint64)
    for step in range(0, int(length.max(initial=0)), _WORD):
        longer = np.flatnonzero(length > step)
        left = np.minimum(length[longer] - step, _WORD).astype(np.uint64)
        word = words[start[longer] + step]
        # bytes beyond the end of the string belong to the next one
        word &= np.uint64(0xFFFFFFFFFFFFFFFF) >> ((np.uint64(_WORD) - left) * np.uint64(8))
        mixed = (hashes[longer] ^ word) * _MIX[0]
        hashes[longer] = (mixed ^ (mixed >> np.uint64(29))) * _MIX[1]
    return hashes
