"""Personal data in text: e-mail addresses, card and phone numbers are masked. A leaf."""

import re
from typing import Literal

__all__ = ["mask_personal"]

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_DAY = r"(?!\d{4}-\d\d?-\d\d?|\d\d?[/.]\d\d?[/.](?:19|20)\d\d)(?<!\d/)"  # a date is no phone number
_PHONE = re.compile(rf"(?<![\w.]){_DAY}\+?\d(?:[ ()./-]{{0,2}}\d){{6,14}}(?![\w.]\d|\w)")
_SPACED_PHONE = re.compile(
    rf"(?<![\w.]){_DAY}(?:\+\d|\d(?=\d{{0,3}}[ ()./-]))(?:[ ()./-]{{0,2}}\d){{6,14}}(?!\w)"
)
_LONGEST_MASKED = 4000


def mask_personal(text: str, *, numbers: Literal["mask", "keep"] = "mask") -> str:
    """Replace e-mail addresses, card and phone numbers; bounded, so that hostile text costs little.

    Parameters
    ----------
    text : str
        Whatever a customer may have written; cut after 4,000 characters.
    numbers : {"mask", "keep"}
        Whether a bare number of 7 to 15 digits is taken for a phone number, or for an id and kept.

    Examples
    --------
    >>> mask_personal("write to ann@example.com or +1 312 555 0199")
    'write to [e-mail] or [phone]'
    >>> mask_personal("sent on 03/04/2024")
    'sent on 03/04/2024'
    """
    phone = _PHONE if numbers == "mask" else _SPACED_PHONE
    cut = text[:_LONGEST_MASKED]
    for pattern, word in ((_EMAIL, "[e-mail]"), (_CARD, "[card]"), (phone, "[phone]")):
        cut = pattern.sub(word, cut)
    return cut + ("…" if len(text) > _LONGEST_MASKED else "")
