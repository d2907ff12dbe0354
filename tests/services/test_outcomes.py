"""The cohort of a programme against a calculation by hand; late, missing and corrected visits; operations; papers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import event

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Case, EnteredOutcome, Visit
from compassionate.services import operations, visits
from compassionate.services.outcomes import comparators, entered
from compassionate.services.outcomes.agency import course_of, of_cohort
from compassionate.services.outcomes.cohort import Filters, attendance, cohort, measured
from compassionate.services.outcomes.document import document
from compassionate.services.outcomes.known import programme
from compassionate.services.outcomes.sections import Asked, report
from compassionate.statistics.tables import Mark, shown
from tests.world import VISIT, World

PAPER = {
    "series": "Prueba 2020", "arm": "Fusión", "design": "Ensayo aleatorizado", "kind": "surgery", "side": "neutral",
    "n": "40", "instrument": "vas", "months": "12", "statistic": "mean", "baseline": "68,9", "follow_up": "20,0",
    "source": "Revista 2020;1:1", "page": "tabla 2",
}  # fmt: skip


@pytest.fixture
def world(session):
    return World(session)


@pytest.fixture
def treated(world):
    return world.case_in("in_follow_up")


def seen(world, case, name, vas, on=None, who="physician"):
    row = visits.visit_of(world.session, case, name)
    day = on or row.planned_on or world.today
    answers = VISIT | {"vas_pain": vas}
    return visits.record_visit(world.session, world.people[who], case, name, str(min(day, world.today)), answers,
                               world.tick())  # fmt: skip


def counted(world, who="physician", filters=None):
    return cohort(world.session, world.people[who], "disc-msc", world.now, filters)


def vas(world, visit):
    held = next(each for each in measured(counted(world)) if each.measure.id == "vas")
    return held.visit(visit)


def test_a_case_counts_from_its_first_dose_on_with_what_it_measured(world, treated):
    seen(world, treated, "baseline", 80)
    world.tick(24 * 95)
    seen(world, treated, "m3", 30)
    world.case_in("draft")
    held = counted(world)
    assert [each.code for each in held.patients] == [treated.code]
    at = vas(world, "m3")
    assert (at.n, at.missing, at.change.value) == (1, 0, -50)
    assert dict(at.efficacy)["eff_ratio"].value == pytest.approx(62.5)
    assert at.change.why == "too_few"


def test_a_corrected_visit_counts_as_corrected_a_late_one_is_marked_and_a_missing_one_missing(world, treated):
    seen(world, treated, "baseline", 80)
    world.tick(24 * 130)
    seen(world, treated, "m3", 30, on=world.today)
    seen(world, treated, "m3", 50, on=world.today)
    world.tick(24 * 120)
    assert vas(world, "m3").change.value == -30
    assert (vas(world, "m6").n, vas(world, "m6").missing) == (0, 1)
    ways = {each.visit: each for each in attendance(counted(world))}
    assert (ways["m3"].off, ways["m6"].overdue, ways["m12"].not_due) == (1, 1, 1)


def test_every_figure_of_a_cohort_is_the_one_by_hand(world):
    pairs = [(80, 30), (70, 45), (60, 50), (90, 20), (75, 70)]
    for _ in pairs:
        world.case_in("in_follow_up")
    cases = world.session.query(Case).filter_by(state="in_follow_up").all()
    for case, (before, _) in zip(cases, pairs, strict=True):
        seen(world, case, "baseline", before)
    world.tick(24 * 95)
    for case, (_, after) in zip(cases, pairs, strict=True):
        seen(world, case, "m3", after)
    at, (first, then) = vas(world, "m3"), np.array(pairs, dtype=float).T
    assert at.mean.value == pytest.approx(then.mean())
    assert at.change.value == pytest.approx((then - first).mean())
    assert dict(at.efficacy)["eff_ratio"].value == pytest.approx(100 * (first - then).sum() / first.sum())
    assert dict(at.efficacy)["eff_slope"].value == pytest.approx(
        100 * (first * (first - then)).sum() / (first**2).sum()
    )
    by_points = {each.limit.value: each.count for each in at.responders if each.limit.kind == "mic"}
    assert by_points[15] == int(((first - then) >= 15).sum())


def test_the_number_of_statements_does_not_grow_with_the_cases(world):
    def statements() -> int:
        told: list[str] = []
        listen = lambda *args: told.append(args[2])  # noqa: E731
        event.listen(world.session.get_bind(), "before_cursor_execute", listen)
        counted(world)
        event.remove(world.session.get_bind(), "before_cursor_execute", listen)
        return len(told)

    for case in [world.case_in("in_follow_up")]:
        seen(world, case, "baseline", 70)
    world.session.flush()
    world.session.expire_all()
    one = statements()
    for case in [world.case_in("in_follow_up") for _ in range(3)]:
        seen(world, case, "baseline", 70)
    world.session.flush()
    world.session.expire_all()
    assert statements() == one


def test_who_is_operated_on_is_a_failure_from_that_day_and_a_mistake_can_be_taken_back(world, treated):
    seen(world, treated, "baseline", 80)
    world.tick(24 * 95)
    seen(world, treated, "m3", 10)
    day = str(world.today - timedelta(days=20))
    given = {"operated_on": day, "procedure": "fusion"}
    operations.record_operation(world.session, world.people["nurse"], treated, given, world.tick())
    at = vas(world, "m3")
    assert (at.n, at.operated) == (0, 1)
    assert {(each.count, each.share.n) for each in at.responders} == {(0, 1)}
    assert course_of(world.session, treated, world.now).procedure == "fusion"
    operations.record_operation(world.session, world.people["nurse"], treated, {"none": "yes"}, world.tick())
    assert vas(world, "m3").n == 1


def test_an_operation_is_refused_before_the_treatment_and_to_who_does_not_treat(world, treated):
    given = {"operated_on": "2020-01-01", "procedure": "fusion"}
    with pytest.raises(Invalid) as wrong:
        operations.record_operation(world.session, world.people["physician"], treated, given, world.tick())
    assert [each.code for each in wrong.value.errors] == ["operation.before_treatment"]
    with pytest.raises(Refused):
        operations.record_operation(world.session, world.people["pharmacist"], treated, given, world.tick())


def test_nobody_counts_the_patients_of_a_centre_that_is_not_theirs(world, treated):
    with pytest.raises(NotFound):
        counted(world, filters=Filters(("another-centre",)))
    assert counted(world, "physician").patients


def test_one_patient_treated_twice_is_one_patient(world, treated):
    again = world.case_in("in_follow_up")
    again.patient_id = treated.patient_id
    world.session.flush()
    held = counted(world)
    assert (len(held.patients), held.repeated) == (1, 1)


def test_figures_for_the_agencys_forms_are_those_of_the_cohort(world, treated):
    seen(world, treated, "baseline", 80)
    world.tick(24 * 130)
    told = of_cohort(counted(world))
    assert (told.treated, told.visits_due, told.visits_done, told.visits_missing) == (1, 2, 1, 1)


def made(world, least=0, who="physician"):
    held = counted(world, who)
    arms = comparators.arms(world.session, programme(world.session, "disc-msc"))
    return report(Asked(held, arms, "Disco", "Centro"), world.now, least, "es")


def said(made):
    marks = dict.fromkeys(Mark, "–")
    cells = [
        shown(value, column.kind, marks)
        for section in made.sections
        for table in section.tables
        for row in table.rows
        for column, value in zip(table.columns, row, strict=True)
    ]
    notes = [note for section in made.sections for note in section.notes]
    return "\n".join([made.title, *(value for _, value in made.about), *notes, *cells])


def test_the_report_says_that_the_series_has_no_controls_and_shows_what_speaks_against(world, treated):
    seen(world, treated, "baseline", 80)
    world.tick(24 * 95)
    seen(world, treated, "m3", 30)
    text = said(made(world))
    assert "Serie no controlada, n = 1" in text
    assert "piloto no controlado, n = 10" in text
    assert all(name in text for name in ("MILES 2023", "Shapiro 2017", "Orozco 2011"))
    assert not any(sign in text for sign in ("p=", "p =", "P =", "r ="))


def test_nothing_of_few_patients_is_told_where_it_leaves_who_treats_them(world, treated):
    seen(world, treated, "baseline", 83)
    world.tick(24 * 95)
    seen(world, treated, "m3", 37)
    hidden = made(world, least=5)
    assert not {"83", "83,0", "37", "37,0", "−46,0"} & set(said(hidden).split("\n"))
    assert treated.code not in said(hidden)


def test_medians_never_stand_in_a_picture_or_table_of_means(world):
    arms = comparators.arms(world.session, programme(world.session, "knee-msc"))
    medians = [each for each in arms if each.statistic == "median"]
    assert medians
    assert all(each.pair is None and each.efficacy is None for each in medians)


def test_published_efficacy_is_recomputed_from_the_printed_means(world):
    arms = {each.id: each for each in comparators.arms(world.session, programme(world.session, "disc-msc"))}
    fusion = next(each for each in arms.values() if each.series.startswith("Fairbank") and each.baseline == 46.5)
    assert fusion.efficacy == pytest.approx(26.9, abs=0.05)
    assert arms["orozco-2011-efficacy"].efficacy == 71


def test_what_a_paper_says_counts_once_another_person_confirmed_it(world):
    session, physician = world.session, world.people["physician"]
    row = entered.enter(session, physician, "disc-msc", PAPER, world.tick())
    held = programme(session, "disc-msc")
    assert not [each for each in comparators.arms(session, held) if each.id == row.id]
    with pytest.raises(Refused):
        entered.confirm(session, physician, "disc-msc", row.id, world.tick())
    entered.confirm(session, world.people["pharmacist"], "disc-msc", row.id, world.tick())
    arm = next(each for each in comparators.arms(session, held) if each.id == row.id)
    assert arm.efficacy == pytest.approx(71.0, abs=0.05)
    assert physician.name in arm.entered_by
    assert world.people["pharmacist"].name in arm.entered_by


def test_a_row_is_replaced_and_never_edited(world):
    session, (one, other) = world.session, (world.people["physician"], world.people["pharmacist"])
    row = entered.enter(session, one, "disc-msc", PAPER, world.tick())
    entered.confirm(session, other, "disc-msc", row.id, world.tick())
    newer = entered.enter(session, one, "disc-msc", PAPER | {"follow_up": "30", "replaces": row.id}, world.tick())
    assert [each.counts for each in entered.entered(session, "disc-msc")] == [True, False]
    entered.confirm(session, other, "disc-msc", newer.id, world.tick())
    assert [each.counts for each in entered.entered(session, "disc-msc")] == [False, True]
    assert session.get(EnteredOutcome, row.id).follow_up == 20


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"follow_up": "veinte"}, "follow_up"), ({"baseline": "120"}, "baseline"), ({"page": ""}, "page"),
     ({"dispersion": "3"}, "dispersion_kind"), ({"n": "0"}, "n"), ({"instrument": ""}, "instrument")],
)  # fmt: skip
def test_what_cannot_stand_in_a_table_is_not_typed_in(world, wrong, field):
    with pytest.raises(Invalid) as refused:
        entered.enter(world.session, world.people["physician"], "disc-msc", PAPER | wrong, world.tick())
    assert field in {each.field for each in refused.value.errors}


def test_the_document_for_scripts_has_the_names_that_scripts_rely_on(world, treated):
    seen(world, treated, "baseline", 80)
    told = document(counted(world), ())
    assert {"programme", "n", "measures", "comparators"} <= told.keys()
    visit = next(each for each in told["measures"] if each["instrument"] == "vas")["visits"][0]
    wanted = {
        "visit",
        "n",
        "missing",
        "mean",
        "change",
        "ci",
        "hodges_lehmann",
        "responders",
        "efficacy",
        "share_of_max",
    }
    assert wanted <= visit.keys()
    assert world.session.query(Visit).count() > 0
