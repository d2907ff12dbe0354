"""Which label goes on which container: its own phrase, what the law wants on it, and what is still missing.

Three autologous phrases stand in RDL 9/2014, each for another container, and a fourth is the medicine's own
(regulation.md 4.5). They are printed as the law words them, in Spanish, whatever language a person reads. A label is
never printed with something missing: a blank is a label that somebody will fill in by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compassionate.cells import sec

NEGATIVE, POSITIVE, UNKNOWN = "negative", "positive", "unknown"
"""Serology of the donor, who is the patient: positive never bars the patient's own cells, it labels them."""
HANDLE = "Muestra biológica de células/tejidos-Manejar con cuidado"
HUMAN_CELLS = "Contiene células humanas. Manejar con cuidado"
DO_NOT_FREEZE, DO_NOT_IRRADIATE = "NO CONGELAR", "NO IRRADIAR"
RISK_OUTER, RISK_PRIMARY = "RIESGO DE CONTAMINACIÓN BIOLÓGICA", "riesgo biológico"
OF_HUMAN_ORIGIN = "Contiene células de origen humano"
WARNINGS = frozenset({DO_NOT_FREEZE, DO_NOT_IRRADIATE, RISK_OUTER, RISK_PRIMARY})

SENDER = ("origin", "origin_address", "origin_telephone", "origin_contact")
RECEIVER = ("destination", "destination_address", "destination_telephone", "destination_contact")


@dataclass(frozen=True, slots=True)
class Kind:
    """A container's label: its size, the article it rests on, its phrase and what must be on it."""

    id: str
    width: int
    height: int
    basis: str
    phrase: str
    required: tuple[str, ...]
    wished: tuple[str, ...] = ()
    """What is printed where it is known (annex V 1.6: "if it fits")."""
    handling: tuple[str, ...] = ()
    longest: int = 50
    """Characters that one line may have, so that the label never spills over."""
    risk: str = ""
    risk_when: tuple[str, ...] = (POSITIVE, UNKNOWN)


KINDS: dict[str, Kind] = {
    each.id: each
    for each in (
        Kind(
            "procurement", 70, 35, "RDL 9/2014, anexo V 1.6", "Sólo para uso autólogo",
            ("container", "patient", "cell_type"),
            ("donation", "procured_at", "additives", "precautions"),
            longest=34, risk=RISK_PRIMARY,
        ),
        Kind(
            "transport", 150, 100, "RDL 9/2014, anexo V 1.7", "Para uso autólogo exclusivamente",
            ("container", "patient", *SENDER, *RECEIVER, "started_at", "conditions"), ("cell_type",),
            (HANDLE,), 75, RISK_OUTER,
        ),
        Kind(
            "primary", 100, 50, "RDL 9/2014, anexo I d) 1", "para uso autólogo",
            ("container", "patient", "cell_type", "batch", "establishment", "expires_at", "sec"), ("conditions",),
            risk=RISK_PRIMARY,
        ),
        Kind(
            "shipping", 150, 100, "RDL 9/2014, anexo I d)", "Para uso autólogo exclusivamente",
            ("container", "patient", *SENDER, *RECEIVER, "conditions"), ("started_at", "cell_type", "expires_at"),
            (HUMAN_CELLS,), 75, RISK_OUTER,
        ),
        Kind(
            "pack", 100, 100, "Reglamento (CE) 1394/2007, arts. 11 y 12 y anexo III",
            "Exclusivamente para uso autólogo",
            ("container", "patient", "product", "content", "excipients", "route", "conditions", "disposal", "holder",
             "batch", "expires_at", "sec"), ("warnings",),
            (OF_HUMAN_ORIGIN,), 48, RISK_PRIMARY,
        ),
    )
}  # fmt: skip
FIELDS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in (*kind.required, *kind.wished)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a container when its label is asked for: texts by field, and what decides the warnings."""

    values: Mapping[str, str] = field(default_factory=dict)
    serology: str = UNKNOWN
    must_not_freeze: bool = False
    is_viable: bool = True
    code_owed: str = sec.WHOLE_OWED
    """`none` where everything stays in one centre, `donation` where only that sequence is owed (sec.owed)."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label that may be printed."""

    kind: Kind
    phrase: str
    rows: tuple[tuple[str, str], ...]
    handling: tuple[str, ...]
    warnings: tuple[str, ...]


def owes(kind_id: str, facts: Facts) -> tuple[str, ...]:
    """The fields that this label must carry: the code only where the law wants it."""
    exempt = facts.code_owed == sec.NONE_OWED
    return tuple(name for name in KINDS[kind_id].required if not (exempt and name == "sec"))


def missing(kind_id: str, facts: Facts) -> tuple[str, ...]:
    """What must be on this label and is not known; it is not printed until there is nothing."""
    return tuple(name for name in owes(kind_id, facts) if not facts.values.get(name, "").strip())


def too_long(kind_id: str, facts: Facts) -> tuple[str, ...]:
    """What would not fit on this label: it is refused, never cut."""
    kind = KINDS[kind_id]
    return tuple(
        name for name in (*kind.required, *kind.wished) if len(facts.values.get(name, "").strip()) > kind.longest
    )


def warnings(kind_id: str, facts: Facts) -> tuple[str, ...]:
    """The warnings of this container, in capitals or not as the law has them."""
    kind, found = KINDS[kind_id], []
    is_outer = kind_id in ("transport", "shipping")
    if is_outer and facts.must_not_freeze:
        found.append(DO_NOT_FREEZE)
    if is_outer and facts.is_viable:
        found.append(DO_NOT_IRRADIATE)
    if kind.risk and facts.serology in kind.risk_when:
        found.append(kind.risk)
    return tuple(found)


def compose(kind_id: str, facts: Facts, phrases: Mapping[str, str] | None = None) -> Label:
    """The label, whole; `phrases` are a programme's own. Raises ValueError for what is missing or too long."""
    if wrong := (*missing(kind_id, facts), *too_long(kind_id, facts)):
        raise ValueError(f"{kind_id}: {', '.join(wrong)}")
    kind = KINDS[kind_id]
    listed = tuple((name, facts.values.get(name, "").strip()) for name in (*owes(kind_id, facts), *kind.wished))
    phrase = (phrases or {}).get(kind_id) or kind.phrase
    return Label(kind, phrase, tuple(row for row in listed if row[1]), kind.handling, warnings(kind_id, facts))
