"""What went into the agency's application otherwise than it was prepared: kept with its request, never corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from compassionate.models import Case, Request
from compassionate.models.vault import seal, unseal


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the sheet: what was prepared, what was typed instead, and why."""

    field: str
    label: str
    prepared: str
    typed: str
    why: str


def in_words(found: Iterable[Difference]) -> str:
    """The differences as lines of text, for histories and documents."""
    return "\n".join(f"{each.label}: «{each.typed}» ({each.why})" for each in found)


def keep_differences(session: Session, case: Case, request: Request, found: Iterable[Difference]) -> None:
    """Keep what differed with its request, sealed with the key of the case."""
    seal(session, request, "typed_differently", case.key_id, [asdict(each) for each in found])
    session.flush()


def differed(session: Session, case: Case, request: Request) -> tuple[Difference, ...]:
    """What was typed otherwise than prepared in a request that was filed."""
    return tuple(Difference(**each) for each in unseal(session, request, "typed_differently", case.key_id) or ())
