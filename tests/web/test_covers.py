"""The page on which who will be away names who stands in, and the first screen of whoever does."""

from __future__ import annotations

from datetime import timedelta

from compassionate import clock
from compassionate.workflow.roles import Role


def test_a_physician_who_is_away_is_stood_in_for_on_the_first_screen(log_in, world):
    world.now = clock.now() - timedelta(days=9)
    world.add_person("second", Role.PHYSICIAN)
    case = world.case_in("submitted")
    world.session.commit()
    first, page = log_in("physician"), "/cuenta/suplencias"
    assert page in first.get("/cuenta").text
    assert "Second de HGA" in first.get(page).text
    today = clock.civil_date(clock.now(), "Europe/Madrid")
    days = {"from_on": str(today), "until_on": str(today + timedelta(days=7)), "place": "HGA.physician"}
    wrong = first.post(page, days)
    assert (wrong.status_code, str(today + timedelta(days=7)) in wrong.text) == (422, True)
    assert first.post(page, days | {"by.HGA.physician": world.accounts["second"].id}).status_code == 303
    second = log_in("second")
    home = second.get("/").text
    assert ("En lugar de Physician de HGA" in home, case.code in home) == (True, True)
    assert "Usted suple a Physician de HGA" in second.get(page).text
    end = first.get(page).text.split('action="/cuenta/suplencias/')[1].split('"')[0]
    assert second.post(f"{page}/{end.removesuffix('/terminar')}/terminar").status_code == 404
    assert first.post(f"{page}/{end.removesuffix('/terminar')}/terminar").status_code == 303
    assert "En lugar de" not in log_in("second").get("/").text
