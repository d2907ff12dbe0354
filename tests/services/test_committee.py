"""The committee's report: each number held to another calculation, from the history alone."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pikepdf
import pytest
from sqlalchemy import select

from compassionate.errors import NotFound
from compassionate.exports import workbooks
from compassionate.models import Case, CaseEvent, Decision, Dose, SupplyCharge, SupplyEntry, Visit
from compassionate.services import charges, visit_plan, visits
from compassionate.services.committee.periods import Period, quarter
from compassionate.services.committee.report import Counted, counted, report
from compassionate.services.committee.wording import marks
from compassionate.services.recording import inputs_of
from compassionate.statistics.tables import Mark, Report, shown
from tests.documents.printed import pages_of, print_report, squeezed
from tests.world import VISIT, World

pytestmark = pytest.mark.one_database  # what is counted is read with statements that both understand alike

SECOND = quarter(2026, 2)
MADE_AT = datetime(2026, 7, 3, 9, tzinfo=UTC)
LATER = datetime(2026, 4, 20, 9, tzinfo=UTC)


def at(world: World, month: int, day: int) -> None:
    """Go on living on a later day."""
    world.now = max(world.now, datetime(2026, month, day, 9, tzinfo=UTC))


def refuse(world: World, case: Case, on: date) -> None:
    values = {"decided_on": str(on), "notified_on": str(on), "channel": "mse", "appeal_named": "reposicion"}
    world.act(case, "pharmacist", "record_denial", grounds=["weak_evidence", "risk"], **values)


def live(world: World) -> None:
    """A hospital's first half of 2026, with whatever goes wrong in one."""
    filed_before = world.case_in("submitted")
    at(world, 4, 1)
    world.authorise(filed_before)  # of the quarter before by its filing, of this one by its decision
    corrected = world.case_in("submitted")
    world.act(
        corrected, "pharmacist", "record_correction_request", notified_on=str(world.today), text="Falta", channel="mse"
    )
    at(world, 4, 9)
    world.act(corrected, "pharmacist", "answer_correction", answered_at=world.now.isoformat(), text="Va")
    told = {"field": "reference", "value": "MSE-77", "reason": "Estaba mal copiada."}
    world.rectify(corrected, "pharmacist", told)
    at(world, 4, 12)
    world.authorise(corrected)
    _treat(world, corrected)
    at(world, 5, 4)
    again = world.case_in("submitted")
    at(world, 5, 8)
    refuse(world, again, world.today)
    world.act(again, "physician", "prepare_again")
    contradictory = world.case_in("submitted")
    world.authorise(contradictory, decided_on=str(world.today - timedelta(days=3)))
    withdrawn = world.case_in("submitted")
    values = {"reason": "Mejora", "letter_on": str(world.today)}
    world.act(withdrawn, "pharmacist", "withdraw_request", **values)
    world.case_in("submitted")  # nobody answers


def _treat(world: World, case: Case) -> None:
    """Treated, seen, ended; one delivery priced wrongly and then rightly, one never."""
    world.stock(case)
    entry = charges.deliveries(world.session, case)[0].entry
    given = {"terms": "charged", "price": "9999", "invoice": "F-1"}
    for price in ("9999", "1250,55"):
        pharmacist = world.people["pharmacist"]
        charges.record_charge(world.session, pharmacist, case, entry.id, given | {"price": price}, world.tick())
    world.stock(case, packs=1, batch="L2")
    world.consent(case)
    world.dose(case)
    physician, treated_on = world.people["physician"], visit_plan.first_given_on(world.session, case)
    for worse in (60, 40):  # saved again, corrected
        answers = VISIT | {"vas_pain": worse, "adverse_events": True, "adverse_events_detail": "Dolor leve"}
        visits.record_visit(world.session, physician, case, "baseline", str(treated_on), answers, world.tick())
    world.act(case, "physician", "end_treatment", ending="no_benefit", on=str(world.today))


@pytest.fixture
def world(session) -> World:
    held = World(session)
    live(held)
    other = World(session, code="HGB", now=LATER)
    other.stock(other.case_in("authorised"))
    session.flush()
    return held


def told(world: World, period: Period = SECOND, least: int = 3) -> Report:
    return report(world.session, world.people["director"], world.centre, period, MADE_AT, least)


def count(world: World, period: Period = SECOND) -> Counted:
    return counted(world.session, world.people["director"], world.centre, period, MADE_AT)


def history(world: World) -> Iterator[tuple[Case, CaseEvent, dict[str, Any]]]:
    """Every event of the centre's cases in order, with what was typed into it."""
    wanted = select(CaseEvent, Case).join(Case).where(Case.centre_id == world.centre.id)
    for event, case in world.session.execute(wanted.order_by(CaseEvent.case_id, CaseEvent.case_version)):
        yield case, event, inputs_of(world.session, case, event)


def within(value: Any, period: Period = SECOND) -> bool:
    day = datetime.fromisoformat(value).date() if isinstance(value, str) else value
    return period.from_on <= day <= period.last_on


def from_history(world: World) -> dict[str, Any]:
    """The same numbers, added up event by event as somebody with the paper histories would."""
    found, filed, days, open_cases = Counter[str](), {}, [], set()
    for case, event, typed in history(world):
        if event.name == "submit":
            filed[case.id] = datetime.fromisoformat(typed["submitted_at"]).date()
            found["filed"] += within(typed["submitted_at"])
            open_cases.add(case.id)
        elif event.name in ("record_authorisation", "record_denial"):
            name = "granted" if event.name == "record_authorisation" else "refused"
            found[name] += within(typed["decided_on"])
            found.update(f"ground.{each}" for each in typed.get("grounds", ()))
            days.append((date.fromisoformat(typed["decided_on"]) - filed[case.id]).days)
            open_cases.discard(case.id)
        elif event.name == "withdraw_request" and event.before == "submitted":
            found["withdrawn"] += within(event.at.date())
            open_cases.discard(case.id)
        elif event.name == "record_correction_request":
            found["corrections"] += within(typed["notified_on"])
        elif event.name in ("start_treatment", "end_treatment"):
            name = "begun" if event.name == "start_treatment" else "ended"
            found[name] += within(typed["given_on" if name == "begun" else "on"])
    return dict(found) | {"pending": len(open_cases), "days": sorted(each for each in days if each >= 0)}


def every_number_of_the_summary_is_that_of_the_history(world: World):
    now, other = count(world).now, from_history(world)
    assert (now.filed, now.pending, now.corrections) == (other["filed"], other["pending"], other["corrections"])
    settled = (now.settled["record_authorisation"], now.settled["record_denial"], now.settled["withdraw_request"])
    assert settled == (other["granted"], other["refused"], other["withdrawn"])
    assert (now.begun, now.ended) == (other["begun"], other["ended"])
    assert (other["filed"], other["granted"], other["pending"]) == (5, 3, 1)  # and that of whoever lived it


def a_filing_counts_in_the_quarter_in_which_it_was_made(world: World):
    held = count(world)
    assert (held.now.filed, held.before.filed) == (5, 1)
    assert held.before.pending == 1
    assert held.before.settled.total() == 0


def days_that_clash_are_set_aside_and_said(world: World):
    now = count(world).now
    assert now.agency_days is not None
    assert (now.agency_days.n, now.clashing) == (len(from_history(world)["days"]), 1)
    assert now.agency_days.maximum == max(from_history(world)["days"])
    section = next(each for each in told(world).sections if each.code == "decisions")
    assert "fechadas antes que su presentación" in " ".join(note for table in section.tables for note in table.notes)


def grounds_endings_and_visits_are_those_recorded_last(world: World):
    now = count(world).now
    assert now.grounds == Counter(weak_evidence=1, risk=1)
    assert now.endings == Counter(no_benefit=1)
    done = world.session.scalars(select(Visit).where(Visit.status == "done")).all()
    assert now.visits["done"] == len(done) == 1
    assert now.pain == {"baseline": (1, 40)}  # corrected from 60
    assert now.reactions == Counter(suspected=1)  # told twice, owed once


def the_cost_is_what_was_written_last_to_the_cent_and_the_rest_unknown(world: World):
    summed = Counter[str]()
    rows = select(SupplyEntry, Case.centre_id).join(Case).where(SupplyEntry.kind == "received")
    for entry, centre in world.session.execute(rows):
        written = world.session.scalars(select(SupplyCharge).where(SupplyCharge.entry_id == entry.id)).all()
        if centre == world.centre.id and within(entry.on):
            last = max(written, key=lambda each: each.at, default=None)
            summed["cents"] += (last.price_cents or 0) * (entry.packs or 0) if last else 0
            summed["unknown"] += last is None
    cost = next(each for each in told(world).sections if each.code == "cost")
    for table in cost.tables:
        total = dict(zip([column.head for column in table.columns], table.rows[-1], strict=True))
        assert (total["Importe conocido"], total["Entregas sin coste conocido"]) == (summed["cents"], summed["unknown"])
    assert (summed["cents"], summed["unknown"]) == (250_110, 1)
    assert "No se han contado como cero" in cost.tables[0].notes[0]


def another_centres_cases_never_count(world: World):
    theirs = list(world.session.scalars(select(Case).where(Case.centre_id != world.centre.id)))
    held = count(world)
    assert len(theirs) == 1
    assert theirs[0].product_id not in {*held.now.filed_by_product, *held.now.granted_by_product}
    assert theirs[0].code not in {each.code for each in held.delivered}
    everything = world.session.scalars(select(Decision).join(Case).where(Case.centre_id != world.centre.id)).all()
    assert len(everything) == 1
    assert world.session.scalars(select(Dose)).all()
    other = world.people["director"].__class__("x", "x", "x", ())
    with pytest.raises(NotFound):
        counted(world.session, other, world.centre, SECOND, MADE_AT)


def a_blocked_case_is_not_in_it(world: World):
    before = count(world).now.filed
    case = world.session.scalars(select(Case).where(Case.state == "submitted", Case.centre_id == world.centre.id)).one()
    case.blocked_at = world.now
    world.session.flush()
    assert count(world).now.filed == before - 1


def a_quarter_in_which_nothing_happened_says_so_without_a_word_of_error(world: World):
    empty = told(world, quarter(2024, 1))
    summary = empty.sections[0].tables[0]
    assert {cells[1] for cells in summary.rows} == {0}
    workbooks.write(empty, marks("es"), MADE_AT)
    assert print_report(empty).pages >= 1


def the_pdf_is_tagged_and_says_its_language_and_nobodys_name(world: World):
    pdf = print_report(told(world)).pdf
    assert pdf == print_report(told(world)).pdf
    with pikepdf.open(io.BytesIO(pdf)) as held:
        assert held.Root.MarkInfo.Marked
        assert str(held.Root.Lang) == "es"
        assert "/Author" not in held.docinfo


def workbook_and_pdf_say_what_the_page_says(world: World):
    made = told(world)
    book = openpyxl.load_workbook(io.BytesIO(workbooks.write(made, marks("es"), MADE_AT)))
    printed = squeezed("".join(pages_of(print_report(made).pdf)))
    for section, sheet in zip(made.sections, book.worksheets, strict=True):
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for table in section.tables:
            for row in table.rows:
                assert any(_same(row, line) for line in cells), (section.code, row)
                words = [
                    shown(value, column.kind, marks("es")) for value, column in zip(row, table.columns, strict=True)
                ]
                assert squeezed("".join(words)) in printed, words


def _same(row: tuple[Any, ...], line: list[Any]) -> bool:
    told = [marks("es")[each] if isinstance(each, Mark) else each for each in row]
    return all(
        _number(held) in (_number(each), _number(each) / 100) if _is_number(each) else (held or "") == each
        for each, held in zip(told, line, strict=False)
    )


def _is_number(value: Any) -> bool:
    return not isinstance(value, str)


def _number(value: Any) -> float:
    return round(float(value), 2) if not isinstance(value, str | None.__class__) else float("nan")


def nothing_in_the_report_names_a_patient(world: World):
    made = told(world, least=1)
    texts = re.sub(r"\s+", " ", repr(made))
    for name in ("Inventada", "Prueba", "100001", "1980"):
        assert name not in texts


def every_word_of_it_is_there_in_both_languages(world: World):
    for language in ("es", "en"):
        director = world.people["director"]
        made = report(world.session, director, world.centre, SECOND, MADE_AT, 3, language)
        assert re.findall(r"\b(?:committee|choice|state|turn)\.[a-z_.]+", repr(made)) == []


def few_people_are_not_told_and_cannot_be_worked_out(world: World):
    sections = {each.code: each for each in told(world, least=5).sections}
    endings = next(table for table in sections["treatments"].tables if table.code == "endings")
    assert endings.rows == ()  # one ended: nobody is told why
    assert "menos de 5" in endings.notes[0]
    agency = next(table for table in sections["decisions"].tables if table.code == "agency")
    assert agency.rows[0][2] is Mark.HIDDEN


CHECKS = (
    every_number_of_the_summary_is_that_of_the_history,
    a_filing_counts_in_the_quarter_in_which_it_was_made,
    days_that_clash_are_set_aside_and_said,
    grounds_endings_and_visits_are_those_recorded_last,
    the_cost_is_what_was_written_last_to_the_cent_and_the_rest_unknown,
    another_centres_cases_never_count,
    a_quarter_in_which_nothing_happened_says_so_without_a_word_of_error,
    workbook_and_pdf_say_what_the_page_says,
    the_pdf_is_tagged_and_says_its_language_and_nobodys_name,
    nothing_in_the_report_names_a_patient,
    every_word_of_it_is_there_in_both_languages,
    few_people_are_not_told_and_cannot_be_worked_out,
    a_blocked_case_is_not_in_it,
)


def test_the_report_holds(world: World, subtests: pytest.Subtests):
    """One hospital's half year, which takes seconds to live, for all of them."""
    for check in CHECKS:
        with subtests.test(check.__name__):
            check(world)
