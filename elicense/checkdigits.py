"""The four check character systems that Chinese licence and person numbers use.

Pure functions from the body of a number to its check character; comparing, splitting and reporting is
the work of `elicense.numbers`. Implements ISO 7064 MOD 11-2 (as GB 11643 uses it), ISO 7064 MOD 37,36
(as GB/T 36904 uses it), GB 32100 and GB 11714. No table, no dependency, no clock.

Every function wants ASCII characters of its own alphabet and raises `ValueError` for any other, without
repeating them: a body may be personal data.
"""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "0123456789"
_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_MOD_11: Final = "0123456789X"
_CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def _values(body: str, alphabet: str) -> tuple[int, ...]:
    """Give the value of each character, or refuse the body without showing it."""
    values = tuple(map(alphabet.find, body))
    if not values or -1 in values:
        message = "empty body or a character outside the alphabet"
        raise ValueError(message)
    return values


def _weighted(body: str, alphabet: str, weights: tuple[int, ...]) -> int:
    values = _values(body, alphabet)
    if len(values) != len(weights):
        message = f"the body must have {len(weights)} characters"
        raise ValueError(message)
    return sum(value * weight for value, weight in zip(values, weights, strict=True))


def mod_11_2(body: str) -> str:
    """Give the check character of a run of digits: `0`..`9` or `X`. Standard: ISO 7064 MOD 11-2, used by GB 11643.

    Catches every single wrong digit and every transposition of two digits next to each other.
    """
    p = 0
    for value in _values(body, _DIGITS):
        p = (p + value) * 2 % 11
    return _MOD_11[(12 - p) % 11]


def mod_37_36(body: str) -> str:
    """Give the check character of digits and capitals. Standard: ISO 7064 MOD 37,36, used by GB/T 36904.

    A hybrid system: catches every single wrong character, and most but not all transpositions.
    """
    p = 36
    for value in _values(body, _ALPHANUMERIC):
        p = ((p + value) % 36 or 36) * 2 % 37
    return _ALPHANUMERIC[(1 - p) % 36]


def gb_32100(body: str) -> str:
    """Give the 18th character of a unified social credit code from its first 17. Standard: GB 32100-2015.

    The alphabet has no I, O, S, V and Z. 31 is prime, so every single wrong character and every
    transposition of neighbours is caught.
    """
    return _CREDIT[-_weighted(body, _CREDIT, _CREDIT_WEIGHTS) % 31]


def gb_11714(body: str) -> str:
    """Give the ninth character of an organisation code from its first eight. Standard: GB 11714-1997.

    Letters count 10 to 35 but the modulus is 11: letters that stand 11 or 22 apart (A and L) cannot be
    told from each other. Single wrong digits and transposed digits are caught.
    """
    return _MOD_11[-_weighted(body, _ALPHANUMERIC, _ORGANISATION_WEIGHTS) % 11]
