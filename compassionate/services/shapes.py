"""How a number looks, as people can write it down: `#` stands for a digit, `@` for a letter, `*` for anything.

Not a regular expression: nobody can write one that is refused, nor one that keeps the server busy (ASVS 1.3.12).
"""

from __future__ import annotations

import re

DIGIT, LETTER, ANYTHING = "#", "@", "*"
LONGEST = 60


def fits(shape: str, text: str) -> bool:
    """Whether a text has a shape, capitals or not; every other character stands for itself."""
    first, *rest = [_piece(each) for each in shape.split(ANYTHING)]
    if not rest:
        return first.fullmatch(text) is not None
    found = first.match(text)
    for middle in rest[:-1]:
        found = found and middle.search(text, found.end())
    if found is None:
        return False
    begins = len(text) - len(shape.rpartition(ANYTHING)[2])  # what follows the last `*` is as long as its text
    return begins >= found.end() and rest[-1].fullmatch(text, begins) is not None


def _piece(written: str) -> re.Pattern[str]:
    parts = {DIGIT: "[0-9]", LETTER: "[A-Za-z]"}
    return re.compile("".join(parts.get(char) or re.escape(char) for char in written), re.IGNORECASE)
