"""What makes a password too easy to guess: lists of the most common ones, and the patterns they follow.

The thirty thousand that people choose most come with zxcvbn (from leaked passwords, by frequency); our own list has
what is long or Spanish. ASVS 6.2.4.

Of the thirty thousand only 229 have twelve signs; the others count through the ways in which people make them longer.

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
DISGUISES = str.maketrans("430157@$", "aeoistas")  # 4 for a, and so on: in every cracker's rules
RUNS = ("abcdefghijklmnñopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklñzxcvbnm")


@cache
def common() -> frozenset[str]:
    """The lists, read once, when somebody first chooses a password."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    lines = LIST.read_text(encoding="utf-8").splitlines()
    ours = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    return frozenset(ours | {word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST_WORD})


def is_common(password: str) -> bool:
    """Whether somebody guessing would try this early: listed, made of one or two easy words, repeated, or a run."""
    text = unicodedata.normalize("NFC", password).casefold().strip()
    if text in common() or len(set(text)) < FEWEST_DIFFERENT:
        return True
    if any(text in run or text in run[::-1] for run in RUNS):
        return True
    return any(_is_easy(each) for each in (text, text[::-1], text.translate(DISGUISES)))


def _is_easy(text: str) -> bool:
    """One easy word with digits and signs round or between, two of them, or one piece again and again."""
    letters, whole = re.sub(r"[\W\d_]+", "", text), re.sub(r"[\W_]+", "", text)
    if re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text) in common() or re.fullmatch(r"(.+?)\1+", whole):
        return True
    return any(_is_one_or_two(each) for each in {letters, whole})


def _is_one_or_two(text: str) -> bool:
    cuts = range(SHORTEST_WORD, len(text) - SHORTEST_WORD + 1)
    return text in common() or any(text[:at] in common() and text[at:] in common() for at in cuts)
