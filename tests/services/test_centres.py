"""A centre and what it settles for itself: who may change it, what is refused, what is on record."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import AuditEntry
from compassionate.services import centres, changes
from compassionate.services.given import fingerprint
from tests.world import World

ORDINARY = {
    "name": "Hospital Uno",
    "official_code": "280001",
    "territory": "ES-MD",
    "zone": "Europe/Madrid",
    "kind": "public",
    "is_hospital": "y",
    "committee": "charged",
    "pharmacy_service": "Servicio de Farmacia",
    "telephone": "910 000 000",
    "email": "farmacia@hospital.example",
    "contact_attempts": "4",
    "contact_channels": "2",
    "delivery_lead_days": "21",
    "warning_days": "5",
    "digest_hour": "8",
    "cell_slots": "3",
    "continuation_days": "45",
    "lost_after_days": "60",
    "urgent_completion_days": "3",
    "typing_limit": "4000",
    "checker_is_another": "y",
    "urgent_report_follows": "y",
    "urgent_agreement_follows": "y",
    "urgent_committee_follows": "y",
    "paper_age_days": "400",
}


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def edit(world: World, who: str = "admin", seen: str | None = None, **given: str) -> None:
    centres.edit(world.session, world.people[who], world.centre, ORDINARY | given, world.tick(), seen)


def wrong(world: World, **given: str) -> set[tuple[str, str]]:
    """What is wrong with a centre given like this."""
    with pytest.raises(Invalid) as error:
        edit(world, **given)
    return {(each.field, each.code) for each in error.value.errors}


def last_deed(world: World) -> dict[str, Any]:
    newest = select(AuditEntry.row).order_by(AuditEntry.seq.desc()).limit(1)
    return json.loads(world.session.scalar(newest) or "")


def test_its_administrator_keeps_a_centre(world: World):
    edit(world)
    assert centres.values_of(world.centre) == {
        **ORDINARY,
        "municipality": "",
        "insurance_until": "",
        "contact_attempts": 4,
        "contact_channels": 2,
        "delivery_lead_days": 21,
        "warning_days": 5,
        "digest_hour": 8,
        "cell_slots": 3,
        "continuation_days": 45,
        "lost_after_days": 60,
        "urgent_completion_days": 3,
        "typing_limit": 4000,
        "reference_shape": "",
        "registry_shape": "",
        "paper_age_days": 400,
        "consent_contact": "",
        "data_protection_contact": "",
    }
    assert centres.missing(world.centre, world.today) == ()


def test_what_a_request_will_lack_is_named(world: World):
    edit(world, kind="private", telephone="", is_hospital="", insurance_until="2026-01-01")
    assert centres.missing(world.centre, world.today) == ("telephone", "insurance_until", "is_hospital")


@pytest.mark.parametrize("who", ["pharmacist", "director", "auditor"])
def test_nobody_else_changes_it(world: World, who: str):
    with pytest.raises(Refused) as error:
        edit(world, who)
    assert error.value.reasons[0].who == "administrator"


def test_an_administrator_of_another_centre_neither_sees_nor_changes_it(world: World):
    other = World(world.session, code="HGB")
    with pytest.raises(NotFound):
        centres.find(world.session, other.people["admin"], "HGA")
    with pytest.raises(Refused):
        centres.edit(world.session, other.people["admin"], world.centre, ORDINARY, world.tick())
    assert [centre.code for centre in centres.visible(world.session, world.people["nurse"])] == ["HGA"]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": " "}, {("name", "value.missing")}),
        ({"territory": "ES-XX"}, {("territory", "value.not_a_choice")}),
        ({"territory": "ES-CN"}, {("zone", "centre.zone_wrong")}),
        ({"zone": "Atlantic/Canary"}, {("zone", "centre.zone_wrong")}),
        ({"insurance_until": "31/02/2027"}, {("insurance_until", "value.date_format")}),
        ({"email": "farmacia@"}, {("email", "value.email")}),
        ({"contact_attempts": "0"}, {("contact_attempts", "value.between")}),
        ({"contact_attempts": "dos"}, {("contact_attempts", "value.between")}),
        ({"delivery_lead_days": ""}, {("delivery_lead_days", "value.missing")}),
        ({"contact_channels": "5"}, {("contact_channels", "centre.more_channels_than_attempts")}),
        ({"committee": "", "kind": "mixed"}, {("committee", "value.missing"), ("kind", "value.not_a_choice")}),
        ({"telephone": "9" * 41}, {("telephone", "value.too_long")}),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(world: World, given: dict[str, str], errors: set[Any]):
    assert wrong(world, **given) == errors
    assert world.centre.name == "Hospital HGA"


def test_two_administrators_do_not_overwrite_each_other(world: World):
    seen = fingerprint(centres.values_of(world.centre))
    edit(world, seen=seen, name="Hospital Primero")
    with pytest.raises(Conflict):
        edit(world, seen=seen, name="Hospital Segundo")
    assert world.centre.name == "Hospital Primero"


def test_a_change_is_on_record_with_what_was_said_before_and_after(world: World):
    edit(world)
    edit(world, committee="always", municipality="Getafe")
    assert last_deed(world)["detail"] == {
        "centre": world.centre.id,
        "fields": "committee,municipality",
        "changed": ANY,
    }
    assert changes.opened(world.session, last_deed(world)["detail"]) == {
        "committee": ("charged", "always"), "municipality": (None, "Getafe"),
    }  # fmt: skip


def test_saving_the_same_again_changes_nothing(world: World):
    edit(world)
    before = last_deed(world)
    edit(world)
    assert last_deed(world) == before


def test_other_settings_of_a_centre_stay(world: World):
    world.centre.settings = {"sheet_labels": "as they were"}
    world.session.flush()
    edit(world)
    assert world.centre.settings["sheet_labels"] == "as they were"
