"""Where the time goes, as a page and as a file: the same figures, few cases said to be few, nothing of them shared."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from compassionate import clock
from compassionate.exports import csv_files
from compassionate.models import Case, ReadEntry, Request, Wait
from compassionate.services.durations import spread
from compassionate.web.duration_pictures import line, months_between, scale, strips
from compassionate.web.duration_words import days_said
from tests.web.conftest import Browser
from tests.world import World, today

LogIn = Callable[[str], Browser]
STEP, OWNER = "Pendiente del visto bueno de Dirección", "Dirección"
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def waited(world: World, days: list[float], state: str = "awaiting_endorsement", who: str = "director") -> list[Case]:
    """Cases that waited so long, each until two days ago."""
    ended, cases = clock.now() - timedelta(days=2), []
    for number, each in enumerate(days):
        case = world.open_case(nhc=f"{state}{number}")
        begun = ended - timedelta(days=each)
        world.session.add(Wait(case_id=case.id, state=state, turn=who, from_at=begun, until_at=ended))
        cases.append(case)
    world.session.commit()
    return cases


def tables(page: str) -> list[list[str]]:
    """The rows of all tables of a page, as text."""
    rows = (CELL.findall(row) for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL))
    return [[html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in row] for row in rows]


def test_a_figure_on_the_page_is_the_same_in_its_table_and_in_the_file(world: World, log_in: LogIn):
    waited(world, [1, 2, 3, 5, 8, 40])
    waited(world, [0.25, 7.5], "submitted", "agency")
    browser = log_in("director")
    rows = tables(browser.get("/demoras?of=owner.director").text)
    assert [STEP, "6", "4 d", "2,3 d – 7,3 d", "24 d", "1 d – 40 d", "–"] in rows
    month = clock.civil_date(clock.now() - timedelta(days=2), "Europe/Madrid")
    for grouped in ("Células MSV", "Sin servicio anotado"):
        assert [grouped, "6", "4 d", "2,3 d – 7,3 d", "24 d", "1 d – 40 d"] in rows
    assert ["Presentada en la AEMPS 2 expedientes, la mediana dice poco: 6 h · 7,5 d", "2", "3,9 d"] in [
        row[:3] for row in rows
    ]
    file = csv_files.read(browser.get("/demoras.csv").data)
    every = {tuple(line[:4]): line[4:] for line in file[1:]}
    figures = ["6", "4,00", "2,25", "7,25", "1,50", "24,00", "1,00", "40,00"]
    assert every["Paso", STEP, "Todo", ""][:8] == figures
    assert every["Espera", OWNER, "Medicamento", "Células MSV"][:8] == figures
    assert every["Paso", "Presentada en la AEMPS", "Todo", ""][:8] == ["2", "3,88", *[""] * 4, "0,25", "7,50"]
    assert next(key[3] for key in every if key[:3] == ("Paso", STEP, "Mes")).endswith(f"{month:%Y}")
    # Every row of the page's tables of the whole period is in the file, with the same number of cases and median.
    for name, count, median, *_ in [row for row in rows if len(row) in (7, 8) and row[0] == STEP]:
        line_ = every["Paso", name, "Todo", ""]
        assert (count, float(median.split()[0])) == (line_[0], float(line_[1].replace(",", ".")))


def test_a_file_to_share_tells_nothing_of_few_cases_nor_of_a_single_one(world: World, log_in: LogIn):
    waited(world, [1, 2, 3, 5, 8])
    waited(world, [77, 78], "submitted", "agency")
    browser = log_in("pharmacist")
    file = csv_files.read(browser.get("/demoras.csv?share=1").data)
    every = {tuple(line[:4]): line[4:] for line in file[1:]}
    assert every["Paso", STEP, "Todo", ""][:8] == ["5", "3,00", "2,00", "5,00", "1,40", "6,80", "", ""]
    assert every["Paso", "Presentada en la AEMPS", "Todo", ""] == ["<5", *[""] * 7, "", "", ""]
    assert not any(figure in cell for line in every.values() for cell in line for figure in ("77", "78"))
    assert "77" in str(csv_files.read(browser.get("/demoras.csv").data))


def test_a_hidden_line_cannot_be_had_from_the_others(world: World, log_in: LogIn):
    products = [world.product, world.add_product("DOS"), world.add_product("TRES")]
    for product, number in zip(products, (2, 6, 9), strict=True):
        cases = waited(world, [float(each) for each in range(1, number + 1)], f"of{number}", "director")
        for case in cases:
            case.product_id = product.id
    world.session.execute(Wait.__table__.update().values(state="awaiting_endorsement"))
    world.session.commit()
    file = csv_files.read(log_in("director").get("/demoras.csv?share=1").data)
    counts = {line[3]: line[4] for line in file if line[:3] == ["Paso", STEP, "Medicamento"]}
    assert counts == {"Células MSV": "<5", "Células DOS": "*", "Células TRES": "9"}


def test_both_files_are_on_record_as_exports_with_what_they_hold(app: Flask, world: World, log_in: LogIn):
    waited(world, [3])
    browser = log_in("auditor")
    for share in ("", "?share=1"):
        browser.get(f"/demoras.csv{share}")
    world.session.rollback()
    rows = world.session.scalars(select(ReadEntry.row).order_by(ReadEntry.seq.desc()).limit(2)).all()
    assert all('"action":"export"' in row and '"export":"delays"' in row for row in rows)
    assert [('"shared":true' in row) for row in rows] == [True, False]


def test_the_figures_are_for_those_who_answer_for_them(world: World, log_in: LogIn):
    world.session.commit()
    for who, status in {"pharmacist": 200, "director": 200, "regulatory": 200, "auditor": 200, "nurse": 403}.items():
        browser = log_in(who)
        assert {browser.get(path).status_code for path in ("/demoras", "/demoras.csv")} == {status}
        assert ('href="/demoras"' in browser.get("/").text) == (status == 200)


def test_an_empty_hospital_is_told_what_to_do_and_a_strange_address_gives_the_usual_year(world: World, log_in: LogIn):
    world.session.commit()
    browser = log_in("director")
    assert "Elija uno más largo" in browser.get("/demoras").text
    strange = "/demoras?from=ayer&until=2999-13&product=NADA&service=x&centre=Z&of=step.'"
    page = browser.get(strange)
    assert page.status_code == 200
    first = clock.months_after(today().replace(day=1), -11)
    assert f'value="{first:%Y-%m}" selected' in page.text
    assert browser.get("/demoras.csv?from=0001-01&until=0001-01").status_code == 200
    assert 'value="2024-02" selected' in browser.get("/demoras?from=2024-02&until=2024-02").text


def test_dates_that_contradict_each_other_are_named_and_put_on_record(world: World, log_in: LogIn):
    case = waited(world, [3])[0]
    before = case.opened_at = clock.now() - timedelta(days=4)
    filed = Request.__table__.update().values(
        submitted_at=before - timedelta(days=1), submitted_by_id=world.people["pharmacist"].account_id
    )
    world.session.execute(filed)
    world.session.commit()
    reads = select(func.count()).select_from(ReadEntry).where(ReadEntry.row.contains(case.code))
    page = log_in("director").get("/demoras").text
    assert f'href="/expedientes/{case.code}"' in page.split('id="apartados"')[1].split("</p>")[0]
    world.session.rollback()
    assert world.session.scalar(reads) == 1


@pytest.mark.parametrize(
    ("days", "said"), [(0, "0 d"), (0.01, "< 1 h"), (0.5, "12 h"), (0.999, "1 d"), (3.14, "3,1 d"), (12.6, "13 d")]
)
def test_durations_are_said_in_days_and_hours_where_it_is_less_than_one(app: Flask, days: float, said: str):
    with app.test_request_context(headers={"Accept-Language": "es"}):
        assert days_said(days) == said


@pytest.mark.parametrize("largest", [0, 0.01, 0.5, 1, 1.01, 3, 9.99, 26, 100, 365.25, 5000])
def test_a_scale_holds_what_is_drawn_on_it_in_few_round_steps(largest: float):
    held = scale(largest)
    assert held.top >= largest
    assert held.ticks[0] == 0
    assert held.ticks[-1] == pytest.approx(held.top)
    assert 3 <= len(held.ticks) <= 6


def test_pictures_stand_where_the_figures_say(app: Flask):
    many, few = spread([2, 4, 5, 6, 8]), spread([10])
    assert many is not None
    assert few is not None
    with app.test_request_context():
        picture = strips([("Uno", many), ("Otro de un nombre que no cabe en ninguna parte", few)])
        months = months_between(datetime(2026, 1, 1).date(), datetime(2026, 4, 1).date())  # noqa: DTZ001
        drawn = line({"2026-01": many, "2026-03": few}, months)
    assert picture is not None
    assert drawn is not None
    first, second = picture["rows"]
    assert (first["median"], first["bar"]) == (1 + 94 * 5 / 10, 94 * 2 / 10)
    assert first["low"] < first["first"] < first["median"] < first["third"] < first["high"]
    assert (second["points"], len(second["label"])) == ([95.0], 36)
    assert [each["few"] for each in drawn["points"]] == [False, True]
    assert drawn["lines"] == []  # nothing ended in February
    assert len(drawn["names"]) == 3
