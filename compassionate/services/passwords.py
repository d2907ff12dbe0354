"""What makes a password too easy to guess: a list of the most common ones, and the patterns they follow.

Any sign is allowed and nothing else is demanded (ASVS 6.2.5): length does the work, the list catches the rest.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "common_passwords.txt"
FEWEST_DIFFERENT = 5
RUNS = ("abcdefghijklmnñopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklñzxcvbnm")


@cache
def common() -> frozenset[str]:
    """The list, read once."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def is_common(password: str) -> bool:
    """Whether somebody guessing would try this early: listed, one easy word with digits round it, or a run of keys."""
    text = unicodedata.normalize("NFC", password).casefold().strip()
    if text in common() or len(set(text)) < FEWEST_DIFFERENT:
        return True
    if re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text) in common():
        return True
    return any(text in run or text in run[::-1] for run in RUNS)
