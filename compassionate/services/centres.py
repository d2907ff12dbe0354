"""A centre as its administrator keeps it: what goes on every request, and what the law leaves to the hospital."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import NotFound
from compassionate.models import Centre
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.administration import require_administrator, seen_centres
from compassionate.services.changes import differing, of_centre
from compassionate.services.given import Given, expect_seen
from compassionate.services.instance import TERRITORIES, ZONES
from compassionate.services.recounting import follow, follow_setting
from compassionate.workflow.forecast import USUAL_AGE_DAYS
from compassionate.workflow.roles import Role
from compassionate.workflow.urgent import parts

PENINSULA = "Europe/Madrid"
CENTRE_ZONES = (PENINSULA, "Atlantic/Canary", "Africa/Ceuta")
KINDS = ("public", "private")
COMMITTEE_RULES = ("never", "free", "charged", "always")
# What the law leaves to the hospital: the usual number, the least and the most.
NUMBERS = {
    "contact_attempts": (3, 1, 10),
    "contact_channels": (2, 1, 5),
    "delivery_lead_days": (14, 0, 120),
    "typing_limit": (0, 0, 100_000),
    "continuation_days": (30, 0, 365),
    "lost_after_days": (90, 1, 730),
    "urgent_completion_days": (5, 1, 60),
    "paper_age_days": (USUAL_AGE_DAYS, 30, 3650),
    "warning_days": (3, 0, 20),
    "digest_hour": (7, 0, 23),
    "cell_slots": (0, 0, 50),
}
TEXTS = {"consent_contact": 200, "data_protection_contact": 200, "reference_shape": 60, "registry_shape": 60}
FLAGS = {
    "checker_is_another": True,
    **{part.setting: True for part in parts().values() if part.setting},  # what may follow an urgent filing
}


def visible(session: Session, actor: Actor) -> list[Centre]:
    """The centres where this person holds a role, by code."""
    return list(session.scalars(select(Centre).where(Centre.id.in_(seen_centres(actor))).order_by(Centre.code)))


def find(session: Session, actor: Actor, code: str) -> Centre:
    """One of them; raises NotFound alike for a centre of others and for none."""
    centre = session.scalar(
        select(Centre).where(Centre.code == code.strip().upper(), Centre.id.in_(seen_centres(actor)))
    )
    if centre is None:
        raise NotFound
    return centre


def may_edit(actor: Actor, centre: Centre) -> bool:
    """Whether this person administers the centre."""
    return centre.id in actor.centres(Role.ADMINISTRATOR)


def values_of(centre: Centre) -> dict[str, Any]:
    """The centre as its form shows it."""
    numbers = {name: int(centre.settings.get(name, usual)) for name, (usual, _, _) in NUMBERS.items()}
    texts = {name: str(centre.settings.get(name, "")) for name in TEXTS}
    flags = {name: "y" if centre.settings.get(name, usual) else "" for name, usual in FLAGS.items()}
    return {
        "name": centre.name,
        "official_code": centre.official_code,
        "territory": centre.territory,
        "municipality": centre.municipality,
        "zone": centre.zone,
        "kind": centre.kind,
        "is_hospital": "y" if centre.is_hospital else "",
        "insurance_until": centre.insurance_until.isoformat() if centre.insurance_until else "",
        "committee": centre.committee,
        "pharmacy_service": centre.pharmacy_service,
        "telephone": centre.telephone,
        "email": centre.email,
        **numbers,
        **texts,
        **flags,
    }


def missing(centre: Centre, today: date) -> tuple[str, ...]:
    """Names of what a request of this centre will lack; a private one also needs its insurance in force."""
    wanted = ("official_code", "pharmacy_service", "telephone", "email")
    lacks = tuple(name for name in wanted if not getattr(centre, name))
    insured = centre.kind != "private" or (centre.insurance_until is not None and centre.insurance_until >= today)
    return lacks + (() if insured else ("insurance_until",)) + (() if centre.is_hospital else ("is_hospital",))


def _read(read: Given) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": read.text("name", required=True),
        "official_code": read.text("official_code", 20),
        "territory": read.one_of("territory", TERRITORIES),
        "municipality": read.text("municipality", 100),
        "zone": read.one_of("zone", CENTRE_ZONES),
        "kind": read.one_of("kind", KINDS),
        "is_hospital": read.flag("is_hospital"),
        "insurance_until": read.day("insurance_until"),
        "committee": read.one_of("committee", COMMITTEE_RULES),
        "pharmacy_service": read.text("pharmacy_service"),
        "telephone": read.text("telephone", 40),
        "email": read.email("email"),
    }
    if values["territory"] in TERRITORIES and values["zone"] != ZONES.get(values["territory"], PENINSULA):
        read.wrong("zone", "centre.zone_wrong")
    return values


def edit(
    session: Session,
    actor: Actor,
    centre: Centre,
    values: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> None:
    """Change a centre; raises Refused, Invalid, Conflict. Fields: those of `values_of`; only its administrator may."""
    require_administrator(actor, centre.id)
    session.refresh(centre, with_for_update=True)
    before = values_of(centre)
    expect_seen(before, seen)
    read = Given(values)
    columns = _read(read)
    settings: dict[str, Any] = {name: read.whole(name, least, most) for name, (_, least, most) in NUMBERS.items()}
    settings |= {name: read.text(name, limit) for name, limit in TEXTS.items()}
    settings |= {name: read.flag(name) for name in FLAGS}
    if not read.errors and settings["contact_channels"] > settings["contact_attempts"]:
        read.wrong("contact_channels", "centre.more_channels_than_attempts")
    read.settle()
    for name, value in columns.items():
        setattr(centre, name, value)
    centre.settings = {**centre.settings, **settings}
    _move_clocks(session, centre, before, now)
    _record(session, actor, centre, before, now)


def _move_clocks(session: Session, centre: Centre, before: Mapping[str, Any], now: datetime) -> None:
    """Terms run by other days where the centre is elsewhere (Ley 39/2015 art. 30.6), or for as long as it now says."""
    after = values_of(centre)
    if (centre.territory, centre.municipality) != (before["territory"], before["municipality"]):
        follow(session, [centre.territory], date.min, date.max, now, "centre")
    follow_setting(session, centre, [name for name in NUMBERS if after[name] != before[name]], now)


def _record(session: Session, actor: Actor, centre: Centre, before: dict[str, Any], now: datetime) -> None:
    after = values_of(centre)
    if changes := differing(before, after):
        kept = of_centre(session, actor, changes, centre.key_id)
        audit.append(session, actor, "edit_centre", now, centre=centre.id, **kept)


def today_at(centre: Centre, now: datetime) -> date:
    """The civil date at a centre."""
    return civil_date(now, centre.zone)
