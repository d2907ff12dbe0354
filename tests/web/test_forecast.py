"""The forecast on the pages of a request: a finding, the field that it leads to, gone once that page is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from compassionate import clock
from compassionate.models import Case
from compassionate.services import answers, papers
from compassionate.services.forecasts import forecast_of
from compassionate.services.precedents import precedents
from compassionate.services.snapshots import snapshot
from compassionate.services.wording import finding_words
from tests.web.conftest import Browser
from tests.web.forms import fill_in
from tests.web.test_cures import file
from tests.world import ELIGIBILITY, REPORT, World, a_pdf, today

pytestmark = pytest.mark.one_database  # a forecast is read from what was stored, in one way

LogIn = Callable[[str], Browser]
GOOD_DATA = "Ensayo abierto de fase II, veinte pacientes (PMID 12345678; PMID 87654321)."


def answered(world: World, **changed: Any) -> Case:
    """A case in preparation, its request filled in, its eligibility changed since."""
    case = prepared(world)
    held = {name: value for name, value in (ELIGIBILITY | changed).items() if value is not None}
    answers.save(world.session, world.people["physician"], case, "eligibility", held, world.tick())
    return case


def prepared(world: World) -> Case:
    case = world.case_in("preparing")
    world.fill_request(case)
    return case


def reported(world: World, **changed: Any) -> Case:
    case = prepared(world)
    answers.save(world.session, world.people["physician"], case, "clinical-report", REPORT | changed, world.tick())
    return case


def pack_resized(world: World) -> Case:
    case = prepared(world)
    case.lines[0].product_line.units_per_pack = 2
    return case


def long_ago(world: World) -> Case:
    world.product.willing_on = today() - timedelta(days=900)
    case, person = prepared(world), world.people["pharmacist"]
    upload = papers.Upload("carta.pdf", "application/pdf", a_pdf())
    papers.upload_for_product(world.session, world.product, case.key_id, person, "Carta", upload, world.tick())
    return case


ALTERNATIVE = {"alternative": "Cirugía", "considered_how": "unsuitable", "reason": "Edad y demanda funcional alta"}
TRIED = {f"alternatives__0__{name}": value for name, value in (ALTERNATIVE | {"considered_how": "tried"}).items()}
CHECKED = {
    "trial_identifier": "NCT00000001",
    "trials_checked__0__register": "ctis",
    "trials_checked__0__trial_reason": "Reclutamiento cerrado",
}
LETTER = {"willing_on": today, "willing_by": "A", "paper": file}
MENDED: list[tuple[str, Callable[[World], Case], str, dict[str, Any]]] = [
    ("alternatives.not_exhausted", lambda world: answered(world, alternatives=[ALTERNATIVE]), "physician", TRIED),
    (
        "product.not_under_investigation",
        lambda world: answered(world, trial_status="neither"),
        "physician",
        {"trial_status": "ma_applied"},
    ),
    ("route.atu_exists", lambda world: answered(world, atu_exists=True), "physician", {"atu_exists": "false"}),
    ("trial.none_checked", prepared, "physician", CHECKED),
    ("evidence.none", prepared, "physician", {"supporting_data": GOOD_DATA}),
    (
        "evidence.low_level",
        lambda world: reported(world, supporting_data="Serie de casos (PMID 12345678)"),
        "physician",
        {"supporting_data": GOOD_DATA},
    ),
    ("packs.do_not_match", pack_resized, "pharmacist", {"units_a_day__1": "2", "days__1": "2", "needs_import": "no"}),
    ("papers.evidence_missing", prepared, "pharmacist", {"kind": "evidence", "title": "Artículo", "file": file}),
    ("sponsor.willingness_paper_missing", prepared, "pharmacist", LETTER),
    ("sponsor.willingness_old", long_ago, "pharmacist", LETTER),
]


def found(world: World, case: Case) -> dict[str, str]:
    """The findings as they stand: codes and sentences."""
    world.session.rollback()
    held = forecast_of(world.session, case, 0, clock.now())
    world.session.rollback()
    return {finding.code: finding_words(finding) for finding in held.findings}


def link_of(page: str, sentence: str) -> str:
    """Where the link of the finding that says this leads."""
    links = re.findall(r'c-reason__cure" href="([^"]+)">[^<]*<span[^>]*>: ([^<]+)</span>', page)
    return next(href for href, said in links if unescape(said) == sentence)


@pytest.mark.parametrize(("code", "make", "who", "filled"), MENDED, ids=[code for code, *_ in MENDED])
def test_a_finding_leads_to_its_field_and_is_gone_once_that_is_filled_in(
    world: World, log_in: LogIn, code: str, make: Callable[[World], Case], who: str, filled: dict[str, Any]
):
    case = make(world)
    world.session.commit()
    sentence = found(world, case)[code]
    browser = log_in(who)
    address = link_of(browser.get(f"/expedientes/{case.code}/solicitudes/0").text, sentence)
    values = {name: value() if callable(value) else value for name, value in filled.items()}
    answer = fill_in(browser, address.partition("#")[0], **values)
    assert answer.status_code in (302, 303), answer.text.split("<main")[-1][:2000]
    assert code not in found(world, case)


def test_a_forecast_keeps_nobody_from_sending_and_is_gone_once_it_is_sent(world: World, log_in: LogIn):
    case = world.case_in("ready_to_submit")
    world.issue_unprinted(case)
    world.session.commit()
    code = case.code
    assert found(world, case)
    browser = log_in("pharmacist")
    page = browser.get(f"/expedientes/{code}/solicitudes/0").text
    assert "Qué podría objetar la AEMPS" in page
    assert "En orden:" in page
    world.session.rollback()
    world.act(case, "pharmacist", "submit", submitted_at=world.now.isoformat(), reference="MSE-1")
    world.session.commit()
    assert "Qué podría objetar la AEMPS" not in browser.get(f"/expedientes/{code}/solicitudes/0").text


def test_the_director_reads_the_forecast_and_what_was_decided_before_how_long_it_took(world: World, log_in: LogIn):
    before = world.case_in("submitted")
    world.tick(24 * 3)
    world.authorise(before)
    case = world.case_in("awaiting_endorsement", nhc="100002")
    world.session.commit()
    (precedent,) = precedents(world.session, case)
    assert (precedent.code, precedent.packs, precedent.days) == (before.code, 4, 3)
    world.session.rollback()
    page = log_in("director").get(f"/expedientes/{case.code}/pasos/endorse").text
    for said in ("Qué podría objetar la AEMPS", "Experiencia publicada", "Punto débil", before.code, "tardó: 3 días"):
        assert said in page


def test_a_forecast_asks_the_database_nothing_beyond_the_snapshot_of_the_request(world: World):
    case = prepared(world)
    held, asked = snapshot(world.session, case), []
    event.listen(world.session.get_bind(), "before_cursor_execute", lambda *each: asked.append(each[2]))
    assert forecast_of(world.session, case, 0, clock.now(), held).findings
    assert asked == []
