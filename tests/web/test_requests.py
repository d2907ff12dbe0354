"""The pages on which a request is prepared."""

from __future__ import annotations

import pytest

from tests.world import World


PAGES = (
    "",
    "/pauta",
    "/envases",
    "/informe",
    "/revisar",
    "/transcripcion",
)
PARTS = ("/paciente", "/medicamento", "/requisitos", "/requisitos/criterios", "/requisitos/resultado", "/promotor", "/comision")


@pytest.mark.parametrize("state", ["draft", "screening", "preparing", "awaiting_endorsement"])
def test_every_page_opens_in_every_early_state(world: World, log_in, state: str):
    case = world.case_in(state)
    world.session.commit()
    for who in ("pharmacist", "physician", "director", "auditor"):
        browser = log_in(who)
        for page in PAGES:
            answer = browser.get(f"/expedientes/{case.code}/solicitudes/0{page}")
            assert answer.status_code == 200, (who, page, answer.text[-500:])
        for page in PARTS:
            answer = browser.get(f"/expedientes/{case.code}{page}")
            assert answer.status_code == 200, (who, page, answer.text[-500:])
