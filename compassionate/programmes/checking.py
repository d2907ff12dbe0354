"""What the types cannot say of a programme: that its parts fit one another."""

from __future__ import annotations

from collections.abc import Iterator

from compassionate.errors import FieldError
from compassionate.programmes.model import Programme


def problems(programme: Programme) -> Iterator[FieldError]:
    """Every mistake of a programme whose types hold, with its path."""
    yield from ()
