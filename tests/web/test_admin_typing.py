"""The page of the orders of typing, and the sheet that follows them."""

from __future__ import annotations

import io
import re

import pytest

from tests.services.test_typed_order import OWN
from tests.web.test_transcription import keep
from tests.world import World, today

pytestmark = pytest.mark.one_database

BASE = "/administracion/ordenes-de-tecleo"


def test_a_version_is_checked_written_and_followed_by_sheets_not_yet_begun(world: World, log_in):
    begun, fresh = (world.case_in("preparing", nhc=nhc) for nhc in ("1", "2"))
    world.session.commit()
    sheets = [f"/expedientes/{case.code}/solicitudes/0/transcripcion" for case in (begun, fresh)]
    pharmacist, admin = log_in("pharmacist"), log_in("admin")
    assert keep(pharmacist, sheets[0], "case.code") == 204
    form = admin.get(f"{BASE}/nuevo?centro=HGA").text
    assert "version = &#34;2026-12&#34;" in form
    sent = {"centre": "HGA", "from_on": str(today())}
    wrong = admin.post(f"{BASE}/nuevo", sent | {"text": OWN.replace('"HGA-1"', '"HGA-1')})
    assert wrong.status_code == 422
    assert "El orden no vale: no se entiende lo escrito en la línea 3" in wrong.text
    file = (io.BytesIO(OWN.encode()), "orden.toml", "text/plain")
    saved = admin.post(f"{BASE}/nuevo", sent | {"text": "", "file": file}, content_type="multipart/form-data")
    assert (saved.status_code, saved.headers["Location"]) == (303, BASE)
    page = admin.get(BASE).text
    assert page.count("HGA-1") == 2  # followed today, and among the versions
    shown = admin.get(re.search(rf"{BASE}/[0-9a-f-]{{36}}", page)[0]).text
    assert "Paciente y diagnóstico" in shown
    assert "Su referencia" in shown
    followed = ["Su referencia" in pharmacist.get(sheet).text for sheet in sheets]
    assert followed == [False, True]
    assert log_in("pharmacist").get(BASE).status_code == 403
