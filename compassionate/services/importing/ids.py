"""Ids for rows that come together: in their order, as if they had been written one after the other."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

from compassionate.clock import epoch_milliseconds

IN_A_MILLISECOND = 1 << 12


def in_order() -> Iterator[str]:
    """UUIDv7, each greater than the one before it (RFC 9562 6.2, method 1); rows are told by them in that order."""
    start, number = epoch_milliseconds(), 0
    while True:
        later, place = divmod(number, IN_A_MILLISECOND)
        random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
        yield str(uuid.UUID(int=(start + later) << 80 | 7 << 76 | place << 64 | 2 << 62 | random))
        number += 1
