"""What auditors see of the chains, and what they take away."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from compassionate import clock
from compassionate.exports import csv_files
from compassionate.models import Case, ReadEntry
from compassionate.services import shredding
from compassionate.services.audit import READS, act, write
from compassionate.services.auditing import PAGE
from compassionate.services.chain import verify
from tests.web.test_reading import rows
from tests.world import World, today

PERSON = {
    "given_name": "Persona", "surnames": "Corregida Después", "birth_on": "1980-02-03", "sex": "female",
    "nhc": "100001",
}  # fmt: skip
PACK = "/auditoria/expediente-de-evidencias"


@pytest.fixture
def two_centres(world):
    """A case in each of two centres; the auditor works in the first."""
    world.now = clock.now()
    other = World(world.session, code="HGB", now=clock.now())
    mine, theirs = world.open_case(), other.open_case()
    world.session.commit()
    return mine, theirs


def taken(browser, folder: Path) -> None:
    """The pack, unpacked."""
    answer = browser.get(PACK)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        pack.extractall(folder)
    answer.close()


def test_an_auditor_reads_who_did_what_and_nothing_of_another_centre(log_in, two_centres):
    mine, theirs = two_centres
    page = log_in("auditor").get("/auditoria")
    assert page.status_code == 200
    assert mine.code in page.text
    assert "Pharmacist de HGA" in page.text
    assert theirs.code not in page.text
    assert "de HGB" not in page.text
    assert "@HGB" not in page.text


@pytest.mark.parametrize("who", ["pharmacist", "physician", "admin", "director"])
def test_nobody_else_reads_it(log_in, two_centres, who):
    browser = log_in(who)
    for path in ("/auditoria", "/auditoria/registro.csv", "/auditoria/registro.json", PACK):
        assert browser.get(path).status_code == 403


def test_the_filters_hold_together(log_in, world, two_centres):
    mine, _ = two_centres
    browser = log_in("auditor")
    browser.get(f"/expedientes/{mine.code}")
    by = {"case": mine.code, "person": "auditor.hga", "kind": "view", "day": today().isoformat()}

    def found(**given: str) -> list[str]:
        answer = browser.get("/auditoria/registro.json", query_string={"chain": "reads"} | by | given)
        return [row["action"] for row in answer.get_json()["rows"]]

    assert found() == ["view"]
    assert found(case="HGA-2026-99999X") == []
    assert found(person="nurse.hga") == []
    assert found(kind="download") == []
    assert found(day="2020-01-01") == []
    assert found(person="nobody") == []


def test_a_long_list_goes_on_page_by_page_and_misses_no_row(log_in, world, two_centres):
    browser, seen, url = log_in("auditor"), [], "/auditoria"
    total = len(browser.get("/auditoria/registro.json").get_json()["rows"])
    while url:
        page = browser.get(url).text
        seen += [part.split("</th>")[0] for part in page.split('<th scope="row" class="govuk-table__header">')[1:]]
        url = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert len(seen) == len(set(seen)) == total


def test_rows_that_are_not_shown_hide_no_older_ones(log_in, world, two_centres):
    """Whoever works in two hospitals saw lists of both: such rows are of neither auditor, and take no place."""
    mine, theirs = two_centres
    auditor, both = world.people["auditor"], {"cases": [mine.code, theirs.code]}
    seen = [act(auditor, "view", clock.now(), mine) for _ in range(PAGE + 2)]
    write(world.session, READS, [*seen, *(act(auditor, "list", clock.now(), detail=both) for _ in range(PAGE + 2))])
    world.session.commit()
    page = log_in("auditor").get("/auditoria?chain=reads")
    assert page.text.count(f'href="/expedientes/{mine.code}"') == PAGE
    assert theirs.code not in page.text
    assert 'rel="next"' in page.text


@pytest.fixture
def corrected(world, log_in):
    """A case whose patient was called something else."""
    world.now = clock.now()
    case = world.open_case()
    world.session.commit()
    answer = log_in("pharmacist").post(f"/expedientes/{case.code}/paciente", PERSON)
    assert answer.status_code == 303
    world.session.rollback()  # what was read before that edit is no longer what stands there
    return case


CORRECTION = "Apellidos: Inventada Prueba → Corregida Después"


def test_an_auditor_reads_the_value_before_and_after(log_in, corrected):
    browser = log_in("auditor")
    assert CORRECTION in browser.get("/auditoria").text
    assert CORRECTION in browser.get(f"/expedientes/{corrected.code}/historial?todo=1").text
    for name in ("registro.csv", "registro.json"):
        assert "Corregida" not in browser.get(f"/auditoria/{name}").text


def test_values_of_a_blocked_case_are_not_opened(log_in, world, corrected):
    world.session.get(Case, corrected.id).blocked_at = clock.now()
    world.session.commit()
    page = log_in("auditor").get("/auditoria").text
    assert "Corregida" not in page
    assert "El expediente está bloqueado: los valores no se muestran." in page


def test_values_of_a_destroyed_case_are_said_to_be_gone(log_in, world, corrected):
    browser = log_in("auditor")
    world.session.rollback()
    shredding.shred(world.session, world.session.get(Case, corrected.id), with_patient=True)
    world.session.commit()
    page = browser.get("/auditoria").text
    assert "Corregida" not in page
    assert "Los valores ya no se pueden leer" in page
    assert verify(world.session).ok


def test_a_table_for_a_spreadsheet_runs_nothing_and_is_on_record(log_in, world, two_centres):
    browser = log_in("auditor")
    answer = browser.get("/auditoria/registro.csv")
    cells = csv_files.read(answer.data)
    assert cells[0][:3] == ["seq", "at", "who"]
    assert not any(
        csv_files.may_run(cell.strip('"')) for line in answer.text.splitlines()[1:] for cell in line.split('";"')
    )
    row = rows(world.session, ReadEntry)[-1]
    assert (row["action"], row["detail"]["export"], row["detail"]["rows"]) == ("export", "audit_csv", len(cells) - 1)


def test_an_evidence_pack_is_verified_by_a_third_party_with_what_lies_in_it(log_in, world, two_centres, tmp_path: Path):
    mine, theirs = two_centres
    browser = log_in("auditor")
    browser.get(f"/expedientes/{mine.code}")
    taken(browser, tmp_path)
    for name, chain in (("cadena-actos", "audit"), ("cadena-consultas", "reads")):
        done = subprocess.run(
            [sys.executable, "-I", "verify_audit.py", f"{name}.jsonl", "--against", "cabezas.jsonl", "--chain", chain],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = json.loads(done.stdout)
        assert (done.returncode, found["ok"], found["heads"]) == (0, True, 1)
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert mine.code.encode() in everything
    for secret in (theirs.code, "Inventada", "a secret of the tests", "a salt of the tests", "argon2$"):
        assert secret.encode() not in everything
    assert json.loads((tmp_path / "veredicto.json").read_text("utf-8"))["ok"] is True
    assert "python3 verify_audit.py" in (tmp_path / "LEAME.txt").read_text("utf-8")
    assert rows(world.session, ReadEntry)[-1]["detail"]["export"] == "evidence_pack"


def test_a_pack_with_a_row_changed_is_found_out_even_where_rows_are_withheld(log_in, two_centres, tmp_path: Path):
    taken(log_in("auditor"), tmp_path)
    file = tmp_path / "cadena-actos.jsonl"
    lines = file.read_text("utf-8").splitlines()
    withheld = next(number for number, line in enumerate(lines) if json.loads(line)["row"] is None)
    file.write_text("\n".join([*lines[:withheld], *lines[withheld + 1 :]]) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "verify_audit.py", file.name], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["first_bad"]["seq"]) == (1, withheld + 1)
