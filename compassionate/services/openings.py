"""A case being opened, page by page: kept sealed with the centre's key until it is opened, once.

What was said so far lies in a draft of the person who says it, under an id that tells nothing; no personal
data is in an address or a cookie. Opening it twice (a double click) gives the same case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Account, Centre, Draft, Product, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import idempotency, memberships
from compassionate.services.actors import Actor
from compassionate.services.cases import Opening, open_case
from compassionate.services.identity import Namesake, namesakes, patient_of
from compassionate.services.patients import Identity, read_identity, register
from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.roles import Role

PLACE = "/expedientes/nuevo/"
KEPT_FOR = timedelta(days=14)
OTHER, LATER = "other", "later"


@dataclass(frozen=True, slots=True)
class Started:
    """An opening that is not finished: its id, when it was last written and what was said so far."""

    id: str
    at: datetime
    said: Mapping[str, Any]

    @property
    def identity(self) -> Identity | None:
        """The patient as typed, once there is one."""
        held = self.said.get("identity")
        if held is None:
            return None
        return Identity(**(held | {"birth_on": date.fromisoformat(held["birth_on"]) if held["birth_on"] else None}))


def centres_for(session: Session, actor: Actor) -> list[Centre]:
    """The centres where this person may open a case, by name."""
    held = actor.centres(*SECTIONS["open_case"].roles)
    return list(session.scalars(select(Centre).where(Centre.id.in_(held)).order_by(Centre.name)))


def products_for(session: Session) -> list[Product]:
    """The medicines that a case may be opened for: active, with a presentation at least."""
    rows = session.scalars(select(Product).where(Product.active.is_(True)).order_by(Product.name))
    return [product for product in rows if product.lines]


def physicians_of(session: Session, centre: Centre, now: datetime) -> list[Account]:
    """The physicians of a centre today, by name."""
    return memberships.holders(session, centre.id, Role.PHYSICIAN, civil_date(now, centre.zone))


def start(session: Session, actor: Actor, centre_id: str, now: datetime) -> Started:
    """Begin to open a case at a centre; raises Invalid for one where this person may not."""
    centre = next((each for each in centres_for(session, actor) if each.id == centre_id), None)
    if centre is None:
        raise Invalid((FieldError("centre", "value.not_a_choice" if centre_id else "value.missing"),))
    opening_id = new_id()
    row = Draft(id=new_id(), account_id=actor.account_id, path=PLACE + opening_id, key_id=centre.key_id, at=now)
    seal(session, row, "fields", row.key_id, {"centre": centre.id})
    session.add(row)
    session.flush()
    return _started(session, row)


def _row(session: Session, actor: Actor, opening_id: str, locked: bool = False) -> Draft | None:
    wanted = select(Draft).where(Draft.account_id == actor.account_id, Draft.path == PLACE + opening_id)
    return session.scalar(wanted.with_for_update() if locked else wanted)


def _started(session: Session, row: Draft) -> Started:
    return Started(row.path.removeprefix(PLACE), row.at, unseal(session, row, "fields", row.key_id))


def load(session: Session, actor: Actor, opening_id: str) -> Started:
    """An opening of this person; raises NotFound for another's, and for one that is finished."""
    row = _row(session, actor, opening_id)
    if row is None:
        raise NotFound
    return _started(session, row)


def unfinished(session: Session, actor: Actor, now: datetime) -> list[Started]:
    """The openings that this person left unfinished, newest first."""
    wanted = select(Draft).where(
        Draft.account_id == actor.account_id, Draft.path.startswith(PLACE), Draft.at > now - KEPT_FOR
    )
    rows = session.scalars(wanted.order_by(Draft.at.desc()))
    return [started for row in rows for started in [_started(session, row)] if "centre" in started.said]


def discard(session: Session, actor: Actor, opening_id: str) -> None:
    """Forget an opening."""
    row = _row(session, actor, opening_id)
    if row is not None:
        session.delete(row)


def centre_of(session: Session, started: Started) -> Centre:
    """The centre at which a case is being opened."""
    return session.get_one(Centre, started.said["centre"])


def _keep(session: Session, actor: Actor, opening_id: str, now: datetime, **said: Any) -> Started:
    row = _row(session, actor, opening_id, locked=True)
    if row is None:
        raise NotFound
    row.at = now
    seal(session, row, "fields", row.key_id, unseal(session, row, "fields", row.key_id) | said)
    session.flush()
    return _started(session, row)


def say_patient(
    session: Session, actor: Actor, opening_id: str, given: Mapping[str, Any], now: datetime
) -> tuple[Namesake, ...]:
    """Keep who the patient is; returns those who may be the same person. Raises Invalid."""
    centre = centre_of(session, load(session, actor, opening_id))
    identity = read_identity(given, civil_date(now, centre.zone))
    plain = asdict(identity) | {"birth_on": identity.birth_on.isoformat() if identity.birth_on else None}
    found = namesakes(session, actor, centre, identity)
    _keep(session, actor, opening_id, now, identity=plain, person="" if found else OTHER, others=[])
    return found


def same_people(session: Session, actor: Actor, started: Started) -> tuple[Namesake, ...]:
    """Those who may be the person being typed."""
    identity = started.identity
    return namesakes(session, actor, centre_of(session, started), identity) if identity else ()


def say_person(session: Session, actor: Actor, opening_id: str, choice: str, now: datetime) -> None:
    """Keep whether it is one of the people whom the centre knows already, or another; raises Invalid."""
    started = load(session, actor, opening_id)
    known = [each.patient_id for each in same_people(session, actor, started)]
    if choice not in (OTHER, *known):
        raise Invalid((FieldError("person", "value.not_a_choice" if choice else "value.missing"),))
    _keep(session, actor, opening_id, now, person=choice, others=known if choice == OTHER else [])


def say_product(session: Session, actor: Actor, opening_id: str, product_id: str, now: datetime) -> Product:
    """Keep which medicine; the only line of one that has no other is chosen with it. Raises Invalid."""
    product = next((each for each in products_for(session) if each.id == product_id), None)
    if product is None:
        raise Invalid((FieldError("product", "value.not_a_choice" if product_id else "value.missing"),))
    held = load(session, actor, opening_id).said
    lines = held.get("lines", []) if held.get("product") == product.id else []
    only = [product.lines[0].position] if len(product.lines) == 1 else lines
    _keep(session, actor, opening_id, now, product=product.id, lines=only)
    return product


def say_lines(session: Session, actor: Actor, opening_id: str, positions: Iterable[str], now: datetime) -> None:
    """Keep which presentations; raises Invalid."""
    product = product_of(session, load(session, actor, opening_id))
    known = {str(line.position): line.position for line in product.lines} if product else {}
    chosen = sorted({known[each] for each in positions if each in known})
    if not chosen:
        raise Invalid((FieldError("lines", "case.no_lines"),))
    _keep(session, actor, opening_id, now, lines=chosen)


def say_physician(session: Session, actor: Actor, opening_id: str, choice: str, now: datetime) -> None:
    """Keep who the responsible physician is, or that they are named later; raises Invalid."""
    centre = centre_of(session, load(session, actor, opening_id))
    known = [account.id for account in physicians_of(session, centre, now)]
    if choice not in (LATER, *known):
        raise Invalid((FieldError("physician", "value.not_a_choice" if choice else "value.missing"),))
    _keep(session, actor, opening_id, now, physician=choice)


def product_of(session: Session, started: Started) -> Product | None:
    """The medicine that was chosen."""
    held = started.said.get("product")
    return session.get(Product, held) if held else None


def missing_part(started: Started) -> str:
    """The first part that was not said yet: patient, person, product, lines, physician; empty when all were."""
    needed = {
        "patient": "identity" in started.said,
        "person": bool(started.said.get("person")),
        "product": bool(started.said.get("product")),
        "lines": bool(started.said.get("lines")),
        "physician": bool(started.said.get("physician")),
    }
    return next((name for name, is_said in needed.items() if not is_said), "")


def finish(session: Session, actor: Actor, opening_id: str, now: datetime) -> str:
    """Open the case that was prepared, and forget the draft; returns its code, the same one however often asked.

    Raises NotFound, Refused, Invalid (`person` where somebody like this patient was registered meanwhile).
    """
    row = _row(session, actor, opening_id, locked=True)
    taken = idempotency.result_of(session, actor, opening_id)
    if taken:
        return taken
    if row is None:
        raise NotFound
    started = _started(session, row)
    case = open_case(session, actor, _opening(session, actor, started, now), now)
    idempotency.remember(session, actor, opening_id, case.code, now)
    session.delete(row)
    session.flush()
    return case.code


def _opening(session: Session, actor: Actor, started: Started, now: datetime) -> Opening:
    missing, product = missing_part(started), product_of(session, started)
    if missing or product is None:
        raise Invalid((FieldError(missing or "product", "value.missing"),))
    centre = centre_of(session, started)
    if centre.id not in actor.centres(*SECTIONS["open_case"].roles):
        raise Refused((Reason("role.missing", params={"roles": tuple(SECTIONS["open_case"].roles)}),))
    physician = {account.id: account for account in physicians_of(session, centre, now)}
    said = started.said
    patient = _patient(session, actor, started, centre, now)
    return Opening(centre, patient, product, tuple(said["lines"]), physician.get(said["physician"]))


def _patient(session: Session, actor: Actor, started: Started, centre: Centre, now: datetime) -> Any:
    known = patient_of(session, centre, started.said["person"])
    if known is not None:
        return known
    identity = started.identity
    assert identity is not None
    if {each.patient_id for each in same_people(session, actor, started)} - set(started.said["others"]):
        raise Invalid((FieldError("person", "patient.same_person"),))
    return register(session, centre, identity, now, is_demo=centre.is_demo)
