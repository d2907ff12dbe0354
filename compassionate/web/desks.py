"""The first screens by role: what each person opens the product for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from compassionate.models import Cover
from compassionate.paths import step_url
from compassionate.services import paperwork, worklists
from compassionate.services.urgent import urgent_among
from compassionate.services.worklists import Dated
from compassionate.web import cell_board, legal_calendar, recalls_owed, urgent_filings
from compassionate.web.case_list import state_tag
from compassionate.web.desk import (
    LIST,
    Desk,
    Section,
    Sitting,
    case_url,
    dated,
    drafts,
    link,
    listed,
    papers_missing,
    to_do,
    visits,
)
from compassionate.web.patient_cards import instead_of, of_physician
from compassionate.web.templating import day, say
from compassionate.workflow.roles import Role

COMMITTEE = ("committee", "/informes/comision")
ENDED = (
    "denied",
    "deemed_withdrawn",
    "withdrawn",
    "referred",
    "not_eligible",
    "not_treated",
    "lost_to_follow_up",
    "deceased",
)


def of_pharmacist(sitting: Sitting) -> Desk:
    """Papers missing, by name; ready to submit; the agency asked; medicine to move; treatments that end; waiting."""
    session, centres = sitting.session, sitting.centres(Role.PHARMACIST)
    asked = worklists.waiting(session, centres, ("correction_requested", "refusal_notified"))
    ready = worklists.waiting(session, centres, ("ready_to_submit",))
    return Desk(
        Role.PHARMACIST,
        [
            to_do("agency_asked", asked, lambda row: link(say(f"todo.{row.state}"), case_url(row), row), "stop"),
            *recalls_owed.section(sitting, Role.PHARMACIST),
            *urgent_filings.section(sitting, Role.PHARMACIST),
            to_do(
                "ready", ready, lambda row: link(say("todo.ready_to_submit"), step_url(row.code, "submit"), row), "good"
            ),
            papers_missing(sitting, Role.PHARMACIST),
            drafts(sitting, Role.PHARMACIST),
            _supply(sitting, centres),
            _ending(sitting, centres),
            visits(sitting, Role.PHARMACIST, overdue=True),
            _waiting(sitting, centres),
        ],
        links=[
            _link("continuations", "/continuaciones"),
            _link("urgent_filings", urgent_filings.PAGE),
            _link(*recalls_owed.LINK),
            _link("delays", "/demoras"),
            _link("outcomes", "/resultados"),
            _link(*COMMITTEE),
        ],
    )


def _supply(sitting: Sitting, centres: Sequence[str]) -> Section:
    found = worklists.with_supply(sitting.session, centres, ("none", "in_quarantine", "rejected"))
    rows = [
        (
            each.row,
            (link(say(f"todo.supply.{each.what}"), case_url(each.row, "/suministro"), each.row),),
            "",
        )
        for each in found
    ]
    return listed("supply", ("todo",), rows)


def _ending(sitting: Sitting, centres: Sequence[str]) -> Section:
    found = worklists.ending(sitting.session, centres, sitting.today)
    rows = [
        (
            each.row,
            (link(say(f"todo.{each.what}"), case_url(each.row, "/tratamiento"), each.row), dated(each.on)),
            "stop" if each.on and each.on < sitting.today else "wait",
        )
        for each in found
    ]
    return listed("ending", ("todo", "on"), rows)


def _waiting(sitting: Sitting, centres: Sequence[str]) -> Section:
    states = ("screening", "preparing", "awaiting_endorsement", "submitted")
    rows = worklists.of_others(sitting.session, centres, "pharmacist", states)
    cells = [(row, (state_tag(row),), "") for row in rows]
    return listed("waiting", ("state",), cells, LIST)


def of_director(sitting: Sitting) -> Desk:
    """The decision tray: each request with the link to its one page, and whether this person may sign it."""
    centres = sitting.centres(Role.DIRECTOR)
    found = worklists.to_endorse(sitting.session, centres)
    own = paperwork.contributed(sitting.session, sitting.actor.account_id, [each.row for each in found])
    hurried = urgent_among(sitting.session, [each.row.id for each in found])
    rows = [
        (each.row, (_endorsing(sitting, each, own, hurried), _kind(each, hurried), each.row.physician), "wait")
        for each in found
    ]
    late = urgent_filings.section(sitting, Role.DIRECTOR)
    tray = listed("tray", ("todo", "kind", "physician"), rows)
    return Desk(
        Role.DIRECTOR,
        [tray, *late],
        links=[
            _link("urgent_filings", urgent_filings.PAGE),
            _link("delays", "/demoras"),
            _link(*COMMITTEE),
            _link("outcomes", "/resultados"),
        ],
    )


def _endorsing(sitting: Sitting, each: Dated, own: Collection[str], hurried: Collection[tuple[str, int]]) -> Any:
    """The link that endorses, or why it is for somebody else: an own hand in it, or on duty for urgent ones alone."""
    if each.row.id in own:
        return say("todo.endorse_other")
    here = [held for held in sitting.actor.held if (held.centre_code, held.role) == (each.row.centre, Role.DIRECTOR)]
    if all(held.on_duty for held in here) and _request(each) not in hurried:
        return say("urgent_filing.only_urgent")
    return link(say("todo.endorse"), step_url(each.row.code, each.key), each.row)


def _request(each: Dated) -> tuple[str, int]:
    return each.row.id, int(each.key.rpartition("-")[2]) if "@" in each.key else 0


def _kind(each: Dated, hurried: Collection[tuple[str, int]]) -> str:
    kind = say(f"tray.{each.what}")
    return say("urgent_filing.urgent", kind=kind) if _request(each) in hurried else kind


def of_regulatory(sitting: Sitting) -> Desk:
    """The calendar of legal dates; what the agency asked and decides, what a decision owes, what may be closed."""
    session, centres = sitting.session, sitting.centres(Role.REGULATORY_OFFICER)
    asked = worklists.waiting(session, centres, ("correction_requested", "refusal_notified"))
    ready = worklists.waiting(session, centres, ("ready_to_submit",))
    submitted = worklists.waiting(session, centres, ("submitted",))
    closing = worklists.waiting(session, centres, ENDED)
    owing = worklists.owing_decisions(session, centres)
    return Desk(
        Role.REGULATORY_OFFICER,
        [
            *legal_calendar.weeks(sitting, centres),
            *recalls_owed.section(sitting, Role.REGULATORY_OFFICER),
            *urgent_filings.section(sitting, Role.REGULATORY_OFFICER),
            to_do("agency_asked", asked, lambda row: link(say(f"todo.{row.state}"), case_url(row), row), "stop"),
            to_do(
                "ready", ready, lambda row: link(say("todo.ready_to_submit"), step_url(row.code, "submit"), row), "good"
            ),
            to_do("submitted", submitted, lambda row: link(say("todo.submitted"), case_url(row), row)),
            to_do("owing", owing, lambda row: link(say("todo.owing"), case_url(row, "/decision"), row)),
            to_do("closing", closing, lambda row: link(say("todo.close"), step_url(row.code, "close"), row)),
            *legal_calendar.standing_still(sitting, centres),
        ],
        links=[
            _link("due", f"{LIST}?order=due"),
            _link(*recalls_owed.LINK),
            _link("delays", "/demoras"),
            _link("outcomes", "/resultados"),
            _link(*COMMITTEE),
        ],
    )


def of_nurse(sitting: Sitting) -> Desk:
    """Visits that are due and patients under treatment."""
    rows = worklists.waiting(sitting.session, sitting.centres(Role.NURSE), ("in_treatment",))
    treated = to_do("treated", rows, lambda row: link(say("todo.in_treatment"), step_url(row.code, "record_dose"), row))
    return Desk(Role.NURSE, [*recalls_owed.section(sitting, Role.NURSE), visits(sitting, Role.NURSE), treated])


def of_resident(sitting: Sitting) -> Desk:
    """What a resident may prepare for the physician to sign."""
    centres = sitting.centres(Role.RESIDENT)
    screening = worklists.waiting(sitting.session, centres, ("screening",))
    preparing = worklists.waiting(sitting.session, centres, ("preparing",), "physician")
    return Desk(
        Role.RESIDENT,
        [
            to_do("screening", screening, lambda row: link(say("todo.screening"), case_url(row, "/requisitos"), row)),
            to_do("reports", preparing, lambda row: link(say("todo.report"), case_url(row, "/solicitudes/0"), row)),
            drafts(sitting, Role.RESIDENT),
            visits(sitting, Role.RESIDENT),
        ],
    )


def of_technician(sitting: Sitting) -> Desk:
    """What a technician may prepare for the pharmacist to submit."""
    return Desk(Role.TECHNICIAN, [papers_missing(sitting, Role.TECHNICIAN), drafts(sitting, Role.TECHNICIAN)])


def of_pharmacovigilance(sitting: Sitting) -> Desk:
    """Reactions and deaths after treatment that nobody judged yet."""
    found = worklists.open_reactions(sitting.session, sitting.centres(Role.PHARMACOVIGILANCE_OFFICER))
    rows = [
        (
            each.row,
            (link(say(f"reaction_ground.{each.what}"), case_url(each.row, "/plazos"), each.row),),
            "stop",
        )
        for each in found
    ]
    return Desk(Role.PHARMACOVIGILANCE_OFFICER, [listed("reactions", ("todo",), rows)])


def of_auditor(sitting: Sitting) -> Desk:
    """Cases drawn at random, with the history of each; nothing here can be changed."""
    rows = [
        (row, (link(say("todo.audit"), case_url(row, "/historial"), row), state_tag(row)), "")
        for row in worklists.sample(sitting.session, sitting.centres(Role.AUDITOR))
    ]
    return Desk(
        Role.AUDITOR,
        [listed("sample", ("todo", "state"), rows)],
        links=[_link("all_cases", f"{LIST}?who=all"), _link("delays", "/demoras"), _link("outcomes", "/resultados")],
    )


def of_administrator(sitting: Sitting) -> Desk:
    """Accounts, centres, medicines."""
    pages = (("accounts", "/administracion/cuentas"), ("administration", "/administracion"))
    return Desk(Role.ADMINISTRATOR, links=[_link(name, href) for name, href in pages])


def of_cells(role: Role) -> Callable[[Sitting], Desk]:
    """The cell unit and the two who judge cells: what is theirs to do today, and the board."""

    def desk(sitting: Sitting) -> Desk:
        calls = recalls_owed.section(sitting, role)
        more = [_link(*recalls_owed.LINK)] if role is Role.QUALIFIED_PERSON else []
        links = [_link("cell_board", cell_board.PAGE), *more, _link("all_cases", LIST)]
        return Desk(role, [*cell_board.sections(sitting, role), *calls], links=links)

    return desk


def of_anybody(role: Role) -> Callable[[Sitting], Desk]:
    """Roles whose own lists come with later work: the cases that they may read."""
    return lambda sitting: Desk(role, links=[_link("all_cases", LIST)])


def _link(name: str, href: str) -> dict[str, str]:
    return {"text": say(f"desk_link.{name}"), "href": href}


DESKS: dict[Role, Callable[[Sitting], Desk]] = {
    Role.PHYSICIAN: of_physician,
    Role.PHARMACIST: of_pharmacist,
    Role.DIRECTOR: of_director,
    Role.REGULATORY_OFFICER: of_regulatory,
    Role.NURSE: of_nurse,
    Role.RESIDENT: of_resident,
    Role.TECHNICIAN: of_technician,
    Role.PHARMACOVIGILANCE_OFFICER: of_pharmacovigilance,
    Role.AUDITOR: of_auditor,
    **{role: of_cells(role) for role in (Role.CELL_UNIT, Role.RESPONSIBLE_PERSON, Role.QUALIFIED_PERSON)},
    Role.ADMINISTRATOR: of_administrator,
}


def desks(sitting: Sitting) -> list[Desk]:
    """A desk for every role that this person holds today, in the order of the roles."""
    held = sitting.actor.roles()
    own = [DESKS.get(role, of_anybody(role))(sitting) for role in Role if role in held]
    return own + [_instead_of(sitting, row, number) for number, row in enumerate(sitting.covers, start=1)]


def _instead_of(sitting: Sitting, row: Cover, number: int) -> Desk:
    words = say("cover.desk", name=row.account.name, until=day(row.until_on))
    return instead_of(sitting, row, words, f"{row.role}-{number}")
