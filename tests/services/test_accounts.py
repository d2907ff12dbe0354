"""Accounts, roles, delegations and one-time links: who may, who may not, and what ends what."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import Account, AuditEntry, Membership
from compassionate.services import accounts, administration, delegations, links, passwords
from compassionate.services.accounts import Person
from compassionate.services.actors import Actor, actor_of
from compassionate.services.administration import AccountFilters
from compassionate.services.given import fingerprint
from compassionate.workflow.roles import Role
from tests.world import World

SECRET = "a secret of the tests"
MOST_LEAKED = 3000
NEW = {"username": "ana.ruiz", "name": "Ana Ruiz Inventada", "from_on": "2026-03-02"}
DELEGATION = {
    "account": "physician.hga",
    "act": "Resolución de 1 de marzo",
    "wording": "delegation",
    "from_on": "2026-03-01",
    "until_on": "2026-04-30",
}


@pytest.fixture
def world(session: Session) -> World:
    return World(session, password_hash="a hash")


@pytest.fixture
def other(world: World) -> World:
    """A second hospital in the same installation."""
    return World(world.session, code="HGB", password_hash="a hash")


def codes(error: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in error.value.errors}


def open_account(world: World, who: str = "admin", **given: Any) -> Account:
    return administration.open_account(world.session, world.people[who], NEW | given, world.tick())


def delegate(world: World, who: str = "director", **given: str) -> Membership:
    return delegations.delegate(world.session, again(world, who), world.centre, DELEGATION | given, world.tick())


def end_role(world: World, row: Membership, **given: str) -> None:
    administration.end_role(world.session, world.people["admin"], row, given, world.tick())


def deeds(session: Session) -> list[dict[str, Any]]:
    return [json.loads(row) for row in session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq))]


def again(world: World, name: str) -> Actor:
    """The person with the roles held now."""
    return actor_of(world.accounts[name], world.today)


# Opening an account.


def test_an_administrator_opens_an_account_with_roles_and_without_a_password(world: World):
    account = open_account(world, **{"roles.HGA": ["physician", "pharmacovigilance_officer"], "until_on": "2026-12-31"})
    assert account.password is None
    assert {row.role for row in account.memberships} == {"physician", "pharmacovigilance_officer"}
    assert {(row.from_on, row.until_on) for row in account.memberships} == {(date(2026, 3, 2), date(2026, 12, 31))}
    assert [row["action"] for row in deeds(world.session)[-3:]] == ["create_account", "grant_role", "grant_role"]


def test_everything_wrong_with_a_new_account_is_said_at_once(world: World):
    given = {"username": "Ana Ruiz", "email": "ana", "from_on": "31/02/2026", "until_on": "2026-01-01"}
    with pytest.raises(Invalid) as error:
        administration.open_account(world.session, world.people["admin"], given, world.tick())
    assert codes(error) == {
        ("username", "account.username_wrong"),
        ("name", "value.missing"),
        ("email", "value.email"),
        ("roles.HGA", "account.no_role"),
        ("from_on", "value.date_format"),
        ("until_on", "account.ends_before_it_starts"),
    }


def test_a_user_name_is_never_used_twice(world: World):
    with pytest.raises(Invalid) as error:
        open_account(world, **{"username": " NURSE.hga ", "roles.HGA": "nurse"})
    assert codes(error) == {("username", "account.username_taken")}


def test_an_auditor_is_nothing_else(world: World):
    with pytest.raises(Invalid) as error:
        open_account(world, **{"roles.HGA": ["auditor", "nurse"]})
    assert codes(error) == {("roles.HGA", "account.auditor_alone")}
    for who, role in (("auditor", Role.NURSE), ("nurse", Role.AUDITOR)):
        with pytest.raises(Invalid):
            accounts.grant(world.session, None, world.accounts[who], world.centre, role, world.tick(), world.today)


def test_roles_at_a_centre_of_somebody_else_are_not_given(world: World, other: World):
    with pytest.raises(Invalid) as error:
        open_account(world, **{"roles.HGB": "nurse"})
    assert codes(error) == {("roles.HGA", "account.no_role")}
    admin, physician = world.people["admin"], world.accounts["physician"]
    given = {"centre": "HGB", "role": "nurse", "from_on": "2026-03-02"}
    with pytest.raises(Invalid) as error:
        administration.grant_role(world.session, admin, physician, given, world.tick())
    assert codes(error) == {("centre", "value.not_a_choice")}


@pytest.mark.parametrize("who", ["pharmacist", "director", "auditor", "nurse"])
def test_only_an_administrator_opens_accounts(world: World, who: str):
    with pytest.raises(Refused) as error:
        open_account(world, who, **{"roles.HGA": "nurse"})
    assert error.value.reasons[0].who == "administrator"


# Seeing and changing accounts.


def test_an_account_of_another_centre_does_not_exist(world: World, other: World):
    for username in ("nurse.hgb", "nadie"):
        with pytest.raises(NotFound):
            administration.account_named(world.session, world.people["admin"], username)
    found = administration.account_named(world.session, world.people["admin"], "nurse.hga")
    assert found is world.accounts["nurse"]


def test_readers_see_who_works_at_their_centre_today_and_nobody_else(world: World, other: World):
    accounts.set_active(world.session, None, world.accounts["resident"], False, world.tick())
    rows = administration.list_accounts(world.session, world.people["nurse"], AccountFilters(), world.today)
    names = {row.username for row in rows}
    assert "pharmacist.hga" in names
    assert not {"resident.hga", "pharmacist.hgb"} & names
    assert not any(row.administered for row in rows)


def test_roles_held_elsewhere_are_not_told(world: World, other: World):
    nurse = world.accounts["nurse"]
    accounts.grant(world.session, None, nurse, other.centre, Role.NURSE, world.tick(), world.today)
    rows = administration.list_accounts(world.session, world.people["admin"], AccountFilters("nurse"), world.today)
    assert [[held.centre.code for held in row.roles] for row in rows] == [["HGA"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (AccountFilters(role="director"), {"director.hga"}),
        (AccountFilters(text="PHARMA"), {"pharmacist.hga"}),
        (AccountFilters(state="no_password"), {"nueva"}),
        (AccountFilters(state="disabled"), {"nurse.hga"}),
        (AccountFilters(centre="HGB"), set()),
    ],
)
def test_the_list_is_narrowed(world: World, filters: AccountFilters, found: set[str]):
    new = accounts.create(world.session, None, Person("nueva", "Nueva"), None, world.tick())
    accounts.grant(world.session, None, new, world.centre, Role.NURSE, world.tick(), world.today)
    accounts.set_active(world.session, None, world.accounts["nurse"], False, world.tick())
    rows = administration.list_accounts(world.session, world.people["admin"], filters, world.today)
    assert {row.username for row in rows} == found


def test_two_administrators_do_not_overwrite_each_other(world: World):
    admin, account = world.people["admin"], world.accounts["nurse"]
    seen = fingerprint(asdict(accounts.person_of(account)))
    accounts.edit(world.session, admin, account, {"name": "Uno"}, world.tick(), seen)
    with pytest.raises(Conflict):
        accounts.edit(world.session, admin, account, {"name": "Dos"}, world.tick(), seen)
    assert account.name == "Uno"
    assert deeds(world.session)[-1]["detail"]["fields"] == "collegiate_number,name"


# Roles that begin and end.


def test_nobody_gives_or_takes_rights_of_their_own(world: World):
    admin, me = world.people["admin"], world.accounts["admin"]
    with pytest.raises(Invalid) as error:
        accounts.grant(world.session, admin, me, world.centre, Role.DIRECTOR, world.tick(), world.today)
    assert codes(error) == {("role", "account.own_role")}
    with pytest.raises(Invalid):
        accounts.end_membership(world.session, admin, me.memberships[0], world.today, world.tick())
    with pytest.raises(Invalid):
        accounts.set_active(world.session, admin, me, False, world.tick())
    with pytest.raises(Invalid):
        accounts.renew_link(world.session, admin, me, world.tick())


def test_a_role_ends_at_once(world: World):
    nurse = world.accounts["nurse"]
    end_role(world, nurse.memberships[0], when="now")
    assert again(world, "nurse").held == ()


@pytest.mark.parametrize("begins", [0, 5])
def test_a_role_of_today_or_to_come_ends_before_it_begins(world: World, begins: int):
    nurse, start = world.accounts["nurse"], world.today + timedelta(days=begins)
    row = accounts.grant(world.session, None, nurse, world.centre, Role.RESIDENT, world.tick(), start)
    end_role(world, row, when="now")
    held = {actor_of(nurse, start + timedelta(days=n)).roles() for n in range(3)}
    assert held == {frozenset({Role.NURSE})}


def test_a_role_ends_after_its_last_day(world: World):
    nurse, last = world.accounts["nurse"], world.today + timedelta(days=10)
    end_role(world, nurse.memberships[0], when="day", last_day=last.isoformat())
    assert actor_of(nurse, last).roles() == {Role.NURSE}
    assert actor_of(nurse, last + timedelta(days=1)).roles() == set()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "when"),
        ({"when": "day"}, "last_day"),
        ({"when": "day", "last_day": "2026-03-01"}, "last_day"),
    ],
)
def test_the_end_of_a_role_is_said_in_full(world: World, given: dict[str, str], field: str):
    with pytest.raises(Invalid) as error:
        end_role(world, world.accounts["nurse"].memberships[0], **given)
    assert {each.field for each in error.value.errors} == {field}


def test_an_act_on_the_whole_account_needs_all_its_centres(world: World, other: World):
    nurse = world.accounts["nurse"]
    accounts.grant(world.session, None, nurse, other.centre, Role.NURSE, world.tick(), world.today)
    with pytest.raises(Invalid) as error:
        administration.require_whole(world.people["admin"], nurse, world.today)
    assert codes(error) == {("account", "account.other_centres")}
    accounts.grant(
        world.session, None, world.accounts["admin"], other.centre, Role.ADMINISTRATOR, world.tick(), world.today
    )
    administration.require_whole(again(world, "admin"), nurse, world.today)


# Delegations.


def test_a_delegate_acts_for_the_director_between_the_dates_with_the_act(world: World):
    delegate(world)
    physician = again(world, "physician")
    assert Role.DIRECTOR in physician.roles()
    assert physician.delegation_at(world.centre.id, Role.DIRECTOR) == "P. D., Resolución de 1 de marzo"
    assert Role.DIRECTOR not in actor_of(world.accounts["physician"], date(2026, 5, 1)).roles()
    listed = delegations.delegations(world.session, world.centre, world.today)
    assert [(each.name, each.status) for each in listed] == [("Physician de HGA", "in_force")]
    assert delegations.directors(world.session, world.centre, world.today) == ["Director de HGA"]


@pytest.mark.parametrize("who", ["admin", "physician", "pharmacist"])
def test_only_the_director_delegates(world: World, who: str):
    with pytest.raises(Refused) as error:
        delegate(world, who)
    assert error.value.reasons[0].legal_basis == "Ley 40/2015 art. 9, 13"


def test_a_delegate_does_not_delegate(world: World):
    delegate(world)
    with pytest.raises(Refused):
        delegate(world, "physician", account="pharmacist.hga")


@pytest.mark.parametrize("account", ["auditor.hga", "director.hga", "nurse.hgb", "nadie"])
def test_auditors_oneself_and_strangers_are_no_delegates(world: World, other: World, account: str):
    with pytest.raises(Invalid) as error:
        delegate(world, account=account)
    assert codes(error) == {("account", "value.not_a_choice")}


def test_everything_missing_in_a_delegation_is_said_at_once(world: World):
    with pytest.raises(Invalid) as error:
        delegations.delegate(world.session, world.people["director"], world.centre, {}, world.tick())
    assert {each.field for each in error.value.errors} == {"account", "act", "wording", "from_on", "until_on"}


def test_a_delegation_that_is_over_is_not_recorded(world: World):
    with pytest.raises(Invalid) as error:
        delegate(world, from_on="2026-01-01", until_on="2026-02-01")
    assert codes(error) == {("until_on", "account.last_day_gone")}


def test_the_director_ends_a_delegation_at_once(world: World):
    director = world.people["director"]
    row = delegate(world)
    delegations.end(world.session, director, world.centre, row.id, world.tick())
    assert Role.DIRECTOR not in again(world, "physician").roles()
    assert [each.status for each in delegations.delegations(world.session, world.centre, world.today)] == ["ended"]
    with pytest.raises(NotFound):
        delegations.end(world.session, director, world.centre, row.id, world.tick())


def test_the_office_itself_is_not_ended_as_a_delegation(world: World):
    own = world.accounts["director"].memberships[0]
    with pytest.raises(NotFound):
        delegations.end(world.session, world.people["director"], world.centre, own.id, world.tick())


# Passwords.


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("once signos", "password.too_short"),
        ("x" * 129, "password.too_long"),
        ("yo soy Nurse.HGA aquí", "password.has_username"),
        ("contraseña1234", "password.common"),
        ("Hospital2026!", "password.common"),
        ("¡¡farmacia__2026!!", "password.common"),
        ("qwertyuiopas", "password.common"),
        ("sojdlg123aljg", "password.common"),
        ("2024-Leavemealone!", "password.common"),
        ("cba zyxwv", "password.too_short"),
        ("zyxwvutsrqpoñ", "password.common"),
        ("ababababababab", "password.common"),
        ("  1q2w3e4r5t6y  ", "password.common"),
        ("dragonmonkey!", "password.common"),
        ("qwerty.password", "password.common"),
        ("love2026monkey", "password.common"),
        ("password-password", "password.common"),
        ("xK9-xK9-xK9-xK9", "password.common"),
        ("drowssap2026", "password.common"),
        ("M0nk3yDr4g0n", "password.common"),
    ],
)
def test_an_easy_password_is_refused_with_its_reason(password: str, code: str):
    assert [error.code for error in accounts.password_errors(password, "nurse.hga")] == [code]


@pytest.mark.parametrize(
    "password",
    [
        "monkey dragon y un tercero",
        "tres gatos miran la luna",
        "ñandú, 漢字 y α β γ δ",
        "x1" + "y2z3w4v5" * 2,
        "caballo-grapa-pila-correcta",
    ],
)
def test_any_long_password_of_ones_own_will_do(password: str):
    assert accounts.password_errors(password, "nurse.hga") == ()


MADE_LONGER = {
    "years and numbers": (("{}1234", "{}123456", "{}2026", "1234{}", "2026{}"), 0.9),
    "signs": (("{}!!", "{}123!", "{}2026!", "{}@2026"), 0.85),
    "twice": (("{0}{0}", "{0}-{0}", "{0}{0}{0}"), 1.0),
    "two": (("{}password", "monkey{}", "{}.dragon"), 0.99),
}


@pytest.mark.parametrize("way", MADE_LONGER)
def test_of_the_most_leaked_made_longer_in_the_usual_ways_nearly_all_are_refused(way: str):
    patterns, share = MADE_LONGER[way]
    leaked = [word for word in FREQUENCY_LISTS["passwords"][:MOST_LEAKED] if len(word) >= passwords.SHORTEST_WORD]
    made = [pattern.format(word) for word in leaked for pattern in patterns]
    made = [each for each in made if len(each) >= accounts.SHORTEST_PASSWORD]
    assert len(made) > MOST_LEAKED / 2
    assert sum(map(passwords.is_common, made)) >= share * len(made)


# One-time links.


def token(world: World, account: Account) -> str:
    return links.password_token(SECRET, account, world.now)


def opened(world: World, text: str, secret: str = SECRET) -> Account:
    return links.account_of(world.session, secret, text, world.now)


def test_a_link_leads_to_its_account(world: World):
    account = world.accounts["nurse"]
    link = links.password_link(SECRET, account, world.now, "https://hospital.example/")
    assert link.startswith("https://hospital.example/cuenta/clave/")
    assert opened(world, link.rsplit("/", 1)[1]) is account


@pytest.mark.parametrize(("has_password", "lives", "dies"), [(True, 59, 61), (False, 7 * 1440 - 1, 7 * 1440 + 1)])
def test_a_link_lives_an_hour_or_a_week_for_the_first_password(world: World, has_password: bool, lives: int, dies: int):
    account, made = world.accounts["nurse"], world.now
    account.password = "a hash" if has_password else None
    text = token(world, account)
    world.now = made + timedelta(minutes=lives)
    assert opened(world, text) is account
    world.now = made + timedelta(minutes=dies)
    with pytest.raises(NotFound):
        opened(world, text)


@pytest.mark.parametrize("what", ["used", "newer", "disabled", "logged out"])
def test_a_link_dies_when(world: World, what: str):
    account = world.accounts["nurse"]
    text = token(world, account)
    if what == "used":
        accounts.set_password(world.session, None, account, "another hash", world.now)
    elif what == "newer":
        accounts.renew_link(world.session, world.people["admin"], account, world.now)
    elif what == "disabled":
        accounts.set_active(world.session, None, account, False, world.now)
    else:
        accounts.end_sessions(account)
    with pytest.raises(NotFound):
        opened(world, text)


@pytest.mark.parametrize("text", ["", "x", "x.y", "WzEsMl0.x"])
def test_a_wrong_link_leads_nowhere(world: World, text: str):
    with pytest.raises(NotFound):
        opened(world, text)


def test_a_link_with_another_secret_leads_nowhere(world: World):
    with pytest.raises(NotFound):
        opened(world, token(world, world.accounts["nurse"]), "another secret")


def test_a_first_link_outlives_the_roles_that_are_settled_meanwhile(world: World):
    account = accounts.create(world.session, None, Person("nueva", "Nueva"), None, world.now)
    text = token(world, account)
    accounts.grant(world.session, None, account, world.centre, Role.NURSE, world.now, world.today)
    assert opened(world, text) is account


def test_a_disabled_account_is_given_no_link(world: World):
    account = world.accounts["nurse"]
    accounts.set_active(world.session, None, account, False, world.tick())
    with pytest.raises(Invalid) as error:
        accounts.renew_link(world.session, world.people["admin"], account, world.tick())
    assert codes(error) == {("account", "account.disabled")}


def test_what_is_done_to_accounts_is_on_record_without_names(world: World):
    account = world.accounts["nurse"]
    accounts.renew_link(world.session, world.people["admin"], account, world.tick())
    accounts.set_password(world.session, None, account, "a new hash", world.tick())
    last = deeds(world.session)[-2:]
    assert [row["action"] for row in last] == ["create_password_link", "set_password"]
    assert "a new hash" not in json.dumps(deeds(world.session))
    assert "Nurse de" not in json.dumps(deeds(world.session))
