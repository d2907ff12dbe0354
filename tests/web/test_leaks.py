"""Invented people are run through everything; afterwards nobody is found in any file, log, cookie, address or mail.

DAR-01, RET-03: GDPR art. 32, ASVS 14.2.1, 14.2.4.
"""

from __future__ import annotations

import io
import json
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from flask import Flask
from itsdangerous import base64_decode
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.es import dni
from werkzeug import formparser

from compassionate import config
from compassionate.application import create_app
from compassionate.models import Patient
from compassionate.models.database import WRITE
from compassionate.services import answers, cases, documents, identity, papers, patients, requests, showing
from compassionate.services.searching import search
from compassionate.web import server
from tests.applications import cheapen
from tests.web.conftest import Browser, hospital_in
from tests.web.leaks import found_in, found_under
from tests.world import PASSWORD, REPORT, World, a_pdf

GIVEN, FIRST, SECOND = "Xilbánda", "Quorvexa", "Zyntarría"
NHC, CIP, PHONE = "917460358214", "QXZB7391046", "699 123 4"
TOKENS = {GIVEN, FIRST, SECOND, NHC, CIP, PHONE, PHONE.replace(" ", ""), "1931-07-", "/07/1931", "/7/1931"}


def person(number: int) -> dict[str, str]:
    """An invented person; all of them share rare beginnings, so that one search finds any."""
    digits = f"{73910000 + number:08}"
    return {
        "given_name": f"{GIVEN}{number}",
        "surnames": f"{FIRST}{number} {SECOND}{number}",
        "birth_on": f"1931-07-{number % 31 + 1:02}",
        "sex": "other",
        "nhc": f"{NHC}{number:04}",
        "cip": f"{CIP}{number:05}",
        "national_id": digits + dni.calc_check_digit(digits),
    }


def phone(number: int) -> str:
    return f"{PHONE}{number:02}"


@dataclass
class Traces:
    """What left the server besides files: log lines, cookies, addresses."""

    text: list[str] = field(default_factory=list)

    def look_at(self, answer: Any) -> Any:
        """Note addresses and cookies of an answer."""
        self.text += [answer.request.path, answer.request.query_string.decode(), answer.location or ""]
        for cookie in answer.headers.getlist("Set-Cookie"):
            self.text += [cookie, _inside(cookie.partition("=")[2])]
        return answer


def _inside(cookie: str) -> str:
    """What a signed cookie says to whoever reads it."""
    packed = cookie.startswith(".")
    payload = cookie.lstrip(".").partition(".")[0]
    try:
        data = base64_decode(payload)
    except Exception:  # noqa: BLE001 - whatever it is, it is searched as it stands
        return cookie
    return (zlib.decompress(data) if packed else data).decode("utf-8", "replace")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An installation as it stands on a machine: its folder holds all that it writes."""
    folder = tmp_path / "instance"
    config.make_secrets(folder)
    app = create_app(config.load({"COMPASSIONATE_INSTANCE": str(folder)}))
    assert app.test_cli_runner().invoke(args=["instance", "prepare"]).exit_code == 0
    cheapen(app)
    yield app
    app.extensions["compassionate"].engine.dispose()


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """A hospital in it."""
    with hospital_in(app, write=True) as world:
        yield world


def begin(session: Session) -> None:
    """Write beside the application, as its own requests do."""
    session.rollback()
    session.connection(execution_options=WRITE)


def work_on(world: World, number: int, *, wholly: bool) -> Any:
    """A person through the services: opened, found, corrected, filled in, papers, reasons."""
    session, given = world.session, person(number)
    begin(session)
    people = world.people
    read = patients.read_identity(given | {"nhc": ""}, world.today)
    patient = patients.register(session, world.centre, read, world.now)
    opening = cases.Opening(world.centre, patient, world.product, (1,), world.accounts["physician"])
    case = cases.open_case(session, people["pharmacist"], opening, world.tick())
    identity.edit_identity(session, people["pharmacist"], case, given, world.tick(), another_person=True)
    words = f"{given['given_name']} {given['surnames']}, NHC {given['nhc']}, {given['national_id']}, {phone(number)}"
    file = papers.Upload(f"{words}.pdf", "application/pdf", a_pdf(title=words))
    held = papers.upload(session, people["pharmacist"], case, "evidence", words, file, world.tick())
    papers.withdraw(session, people["pharmacist"], case, held, words, world.tick())
    showing.reveal(session, people["pharmacist"], case, words, world.tick())
    if wholly:
        fill_in(world, case, words)
    for text in (given["nhc"], given["national_id"], given["cip"]):
        assert [row.code for row in search(session, people["pharmacist"], text).rows] == [case.code]
    session.commit()
    return case


def fill_in(world: World, case: Any, words: str) -> None:
    """Identifiers typed where none should be: into the free text of the report and the posology."""
    session, physician = world.session, world.people["physician"]
    world.act(case, "pharmacist", "start_screening")
    world.fill_screening(case)
    world.act(case, "physician", "accept_eligibility")
    told = REPORT | {"supporting_data": words, "expected_benefit": words}
    answers.save(session, physician, case, "clinical-report", told, world.tick())
    posology = {"dose": words[:80], "schedule": words[:80], "route": "x", "duration_weeks": "52"}
    requests.save_posology(session, physician, case, 0, posology, world.tick())


def browse(app: Flask, world: World, number: int, traces: Traces) -> None:
    """A person through pages: opened with a slip, found, a session that ran out over a form, a refused paper."""
    given = person(number)
    browser = Browser(app.test_client())
    traces.look_at(browser.get("/login"))
    account = world.accounts["pharmacist"].username
    traces.look_at(browser.post("/login", {"username": account, "password": PASSWORD}))
    browser.page = None
    traces.look_at(browser.get("/expedientes/nuevo"))
    wrong = given["national_id"][:-1] + ("A" if given["national_id"][-1] != "A" else "B")
    slip = traces.look_at(browser.post("/expedientes/nuevo", given | {"national_id": wrong}))
    assert slip.status_code == 422
    for text in (given["nhc"], given["national_id"], given["surnames"]):
        traces.look_at(browser.post("/expedientes/buscar", {"q": text}))
    token = {"csrf_token": "old"}
    traces.look_at(browser.client.post("/expedientes/nuevo", data=given | token))  # kept as a draft: an old token
    opened = traces.look_at(browser.post("/expedientes/nuevo", given))
    assert opened.status_code == 303, opened.text
    traces.look_at(browser.get(opened.location))
    missing = traces.look_at(browser.get(f"/expedientes/{world.centre.code}-2026-00001X"))
    assert missing.status_code == 404
    file = (io.BytesIO(b"MZ no PDF"), f"{given['surnames']}.pdf")
    begin(world.session)
    case = world.open_case(nhc="1")
    world.session.commit()
    sent = {"kind": "evidence", "title": given["surnames"], "file": file}
    traces.look_at(browser.post(f"/expedientes/{case.code}/papeles", sent, content_type="multipart/form-data"))


def issue(session: Session, world: World) -> list[bytes]:
    """A document of the case; what its metadata and name say."""
    begin(session)
    case = world.case_in("ready_to_submit", nhc=f"{NHC}9999", surnames=f"{FIRST} {SECOND}")
    row = documents.issue(session, world.people["pharmacist"], case, "request_data", "hospital", world.tick())
    data = documents.pdf_of(session, case, row)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        said = [str(value) for value in pdf.docinfo.values()]
        said.append(bytes(pdf.Root.Metadata.read_bytes()).decode() if "/Metadata" in pdf.Root else "")
    return [text.encode() for text in (*said, documents.filename(case, row))]


@pytest.mark.parametrize("count", [6, pytest.param(500, marks=pytest.mark.long)])
def test_nobody_is_found_in_clear_anywhere(
    count: int, app: Flask, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    national_ids = {person(number)["national_id"] for number in range(count + 1)}
    held = [work_on(world, number, wholly=number < 6) for number in range(count)]
    traces = Traces()
    browse(app, world, count, traces)
    metadata = issue(world.session, world)
    world.session.commit()
    commands = [
        ("outbox", "send"),
        ("cases", "list", "--json"),
        ("cases", "show", held[0].code, "--json"),
        ("audit", "export", str(tmp_path / "audit.jsonl")),
        ("backup", "create", str(tmp_path / "backup")),
    ]
    for command in commands:
        done = app.test_cli_runner().invoke(args=list(command))
        assert done.exit_code == 0, done.output
        if command[:2] != ("cases", "show"):
            traces.text.append(done.output)
    log = "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    assert (tmp_path / "instance" / "compassionate.db-wal").stat().st_size, "the log of the database is looked at too"
    assert found_under(tmp_path, TOKENS, national_ids) == {}
    for data in (log.encode(), "\n".join(traces.text).encode(), *metadata):
        assert found_in(data, TOKENS, national_ids) == set()


def test_the_search_finds_what_is_there():
    """The probe itself: it sees a person in every encoding it claims to undo."""
    import base64
    from urllib.parse import quote

    given = person(3)
    words, ids = json.dumps(given, ensure_ascii=False), {given["national_id"]}
    for data in (
        words.encode(),
        words.encode("utf-16"),
        words.encode("latin-1"),
        quote(words).encode(),
        json.dumps(given).encode(),
        *(base64.b64encode(b"x" * each + words.encode()) for each in range(3)),
        base64.urlsafe_b64encode(words.encode()),
    ):
        assert len(found_in(data, TOKENS, ids)) >= 5
    assert found_in(b"nothing of the kind", TOKENS, ids) == set()


def test_a_fault_of_the_database_says_no_values(world: World):
    session = world.session
    row = {"id": "1", "centre_id": "none", "key_id": "none", "identifiers": b"x", "created_at": world.now}
    with pytest.raises(IntegrityError) as caught:
        session.execute(insert(Patient).values(row | {"centre_id": GIVEN, "is_identified": True, "is_demo": False}))
    assert GIVEN not in str(caught.value)
    session.rollback()


def test_a_large_upload_never_lands_in_a_temporary_file(app: Flask, monkeypatch: pytest.MonkeyPatch):
    def refuse(*given: Any, **more: Any) -> Any:
        raise AssertionError("a file in clear")

    monkeypatch.setattr(formparser, "SpooledTemporaryFile", refuse)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = head + b"x" * 2_000_000 + b"\r\n--b--\r\n"
    sent = {"method": "POST", "data": body, "content_type": "multipart/form-data; boundary=b"}
    with app.test_request_context("/", **sent) as context:
        assert len(context.request.files["file"].read()) == 2_000_000


def test_the_server_keeps_requests_and_answers_in_memory(monkeypatch: pytest.MonkeyPatch):
    asked: dict[str, Any] = {}

    def create(app: Any, **given: Any) -> Any:
        asked.update(given)
        return SimpleNamespace(adj=SimpleNamespace())

    monkeypatch.setattr(server, "create_server", create)
    server.make(None, "127.0.0.1", 0)
    assert asked["inbuf_overflow"] >= asked["max_request_body_size"]
    assert asked["outbuf_overflow"] >= papers.LARGEST


def test_numbers_of_people_never_follow_each_other_by_chance():
    """The people of these tests are as many as they seem."""
    held = [person(number) for number in range(500)]
    for name in ("given_name", "nhc", "cip", "national_id"):
        values = sorted(each[name] for each in held)
        assert all(one != other for one, other in pairwise(values))
