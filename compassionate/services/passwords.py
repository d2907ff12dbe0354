"""What makes a password too easy to guess: lists of the most common ones, and the patterns they follow.

The thirty thousand that people choose most come with zxcvbn (from leaked passwords, by frequency); our own list has
what is long or Spanish. ASVS 6.2.4.

Any sign is allowed and nothing else is demanded (ASVS 6.2.5): length does the work, the list catches the rest.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "common_passwords.txt"
FEWEST_DIFFERENT = 5
SHORTEST_WORD = 4  # shorter ones are syllables: a phrase may well hold one between its digits
RUNS = ("abcdefghijklmnñopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklñzxcvbnm")


@cache
def common() -> frozenset[str]:
    """The lists, read once, when somebody first chooses a password."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    lines = LIST.read_text(encoding="utf-8").splitlines()
    ours = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    return frozenset(ours | {word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST_WORD})


def is_common(password: str) -> bool:
    """Whether somebody guessing would try this early: listed, one easy word with digits round it, or a run of keys."""
    text = unicodedata.normalize("NFC", password).casefold().strip()
    if text in common() or len(set(text)) < FEWEST_DIFFERENT:
        return True
    if re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text) in common():
        return True
    return any(text in run or text in run[::-1] for run in RUNS)
