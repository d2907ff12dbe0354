"""Eight clients at the running server at once (CON-01..06): one winner, one row of everything, no hole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import func, select, text

from compassionate.models import Case, CaseEvent, Paper
from tests.attacks.history import assert_whole
from tests.attacks.serving import Answer, Installation, Server, Visitor, at_once, running
from tests.world import a_pdf

CLIENTS = 8
ROUNDS = 6
PEOPLE = ("physician", "pharmacist")
REFER = {"route": "research", "reason": "Ensayo"}


@dataclass
class Stage:
    """A running server, cases in screening, and eight people who are logged in."""

    installation: Installation
    server: Server
    codes: list[str]
    visitors: list[Visitor]

    def events(self, code: str) -> list[str]:
        """What happened to a case."""
        wanted = select(CaseEvent.name).join(Case, Case.id == CaseEvent.case_id).where(Case.code == code)
        with self.installation.session() as session:
            return list(session.scalars(wanted.order_by(CaseEvent.case_version)))

    def sent(self, visitor: Visitor, code: str, action: str, form: dict[str, str]) -> Callable[[], Answer]:
        """A form that is ready to be sent."""
        return lambda: visitor.post(f"/expedientes/{code}/pasos/{action}", form)


@contextmanager
def staged(installation: Installation, cases: int) -> Iterator[Stage]:
    with installation.world() as world:
        held = [world.open_case(nhc=str(number)) for number in range(cases)]
        for case in held:
            world.act(case, "pharmacist", "start_screening")
        for case in held[4:5]:  # one whose request is being written
            world.fill_screening(case)
            world.act(case, "physician", "accept_eligibility")
        codes, names = [case.code for case in held], {who: world.accounts[who].username for who in PEOPLE}
    with running(installation) as server:
        known = {who: Visitor(server.address).log_in(names[who]) for who in PEOPLE}
        visitors = [known[PEOPLE[number % 2]].twin() for number in range(CLIENTS)]
        yield Stage(installation, server, codes, visitors)


@pytest.fixture
def stage(installation: Installation) -> Iterator[Stage]:
    with staged(installation, 6) as held:
        yield held


def race(stage: Stage, rounds: int) -> Counter[int]:
    """The same step by everybody at once, to and fro; counts how each was answered."""
    code, found = stage.codes[0], Counter[int]()
    for number in range(rounds):
        action, values = (("refer", REFER), ("reopen_screening", {"reason": "Otra vez"}))[number % 2]
        forms = [visitor.form(code, action) | values for visitor in stage.visitors]
        before = len(stage.events(code))
        pairs = zip(stage.visitors, forms, strict=True)
        answers = at_once(*[stage.sent(visitor, code, action, form) for visitor, form in pairs])
        assert sorted(answer.status for answer in answers) == [303] + [409] * (CLIENTS - 1)
        assert len(stage.events(code)) == before + 1
        found += Counter(answer.status for answer in answers)
        losers = [answer.text for answer in answers if answer.status == 409]
        now = "Derivado" if action == "refer" else "Comprobación"
        assert all(now in text or "Ensayo" in text or "Otra vez" in text for text in losers)
    return found


def test_everything_at_once(stage: Stage):
    """One server for the races: starting it costs more than they do."""
    race(stage, 2)
    different_steps_end_in_one_legal_path(stage, stage.codes[1])
    the_same_form_sent_again_makes_nothing_new(stage, stage.codes[2])
    the_same_paper_sent_again_makes_nothing_new(stage, stage.codes[3])
    of_two_saves_of_one_page_the_second_is_told(stage, stage.codes[4])
    readers_and_writers_do_not_wait_for_each_other(stage, stage.codes[5])
    with stage.installation.session() as session:
        assert_whole(session)


def different_steps_end_in_one_legal_path(stage: Stage, code: str) -> None:
    ways: list[tuple[str, dict[str, str]]] = [("reject_eligibility", {"reason": "No cumple"}), ("refer", REFER)]
    ready = []
    for number, visitor in enumerate(stage.visitors):
        action, values = ways[number % 2]
        ready.append(stage.sent(visitor, code, action, visitor.form(code, action) | values))
    before = len(stage.events(code))
    answers = at_once(*ready)
    assert Counter(answer.status for answer in answers)[303] == 1
    assert {answer.status for answer in answers} == {303, 409}
    assert len(stage.events(code)) == before + 1


def the_same_form_sent_again_makes_nothing_new(stage: Stage, code: str) -> None:
    """A time-out: the browser does not know whether it arrived, and sends it again and again, at once too."""
    visitor = stage.visitors[1]
    form, before = visitor.form(code, "refer") | REFER, len(stage.events(code))
    first = visitor.post(f"/expedientes/{code}/pasos/refer", form)
    again = at_once(*[stage.sent(visitor.twin(), code, "refer", form) for _ in range(CLIENTS)])
    assert {answer.status for answer in (first, *again)} == {303}
    assert {answer.headers["Location"] for answer in (first, *again)} == {first.headers["Location"]}
    assert len(stage.events(code)) == before + 1
    form = visitor.form(code, "reopen_screening") | {"reason": "Otra vez"}
    sent = at_once(*[stage.sent(visitor.twin(), code, "reopen_screening", form) for _ in range(CLIENTS)])
    assert {answer.status for answer in sent} == {303}
    assert len(stage.events(code)) == before + 2


def the_same_paper_sent_again_makes_nothing_new(stage: Stage, code: str) -> None:
    visitor, path = stage.visitors[1], f"/expedientes/{code}/papeles"
    fields = visitor.get(path).hidden | {"kind": "evidence", "title": "Papel", "request_number": "0"}
    assert fields["idempotency_key"]
    data = a_pdf()
    send = [partial(twin.post, path, fields, data) for twin in (visitor, *[visitor.twin() for _ in range(CLIENTS)])]
    assert send[0]().status == 303
    answers = at_once(*send)
    assert {answer.status for answer in answers} <= {303, 429}  # a person has two uploads at a time
    assert {again().status for again, answer in zip(send, answers, strict=True) if answer.status == 429} <= {303}
    with stage.installation.session() as session:
        held = select(func.count()).select_from(Paper).join(Case, Case.id == Paper.case_id).where(Case.code == code)
        assert session.scalar(held) == 1


def of_two_saves_of_one_page_the_second_is_told(stage: Stage, code: str) -> None:
    """A lost update: two people opened the same page, both typed, both save (CON-03)."""
    first, second = stage.visitors[0], stage.visitors[2]
    path = f"/expedientes/{code}/solicitudes/0/pauta"
    pages = [first.get(path), second.get(path)]
    assert [page.status for page in pages] == [200, 200], pages[0].text
    version = [fields_of(page, "version") for page in pages]
    dose = {"schedule": "Única", "route": "Intradiscal", "duration_weeks": "52"}
    assert first.post(path, dose | {"dose": "25 millones", "version": version[0]}).status == 303
    lost = second.post(path, dose | {"dose": "50 millones", "version": version[1]})
    assert lost.status == 409
    assert "50 millones" in lost.text
    assert "25 millones" in lost.text


def fields_of(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found[1] if found else ""


def readers_and_writers_do_not_wait_for_each_other(stage: Stage, code: str) -> None:
    """CON-06: a reader in the middle of its reading stops no writer, and a writer stops no reader."""
    with stage.installation.session() as reader:
        before = reader.scalar(select(func.count()).select_from(CaseEvent))
        assert stage.visitors[0].take(code, "refer", **REFER).status == 303
        assert reader.scalar(select(func.count()).select_from(CaseEvent)) in (before, (before or 0) + 1)
    with stage.installation.session() as writer:
        writer.connection(execution_options={"compassionate_write": True})
        writer.execute(text("UPDATE cases SET changed_at = changed_at"))
        assert stage.visitors[0].get(f"/expedientes/{code}").status == 200
        assert stage.visitors[1].get("/expedientes").status == 200


@pytest.mark.long
def test_rounds_of_eight_have_one_winner_each(installation: Installation):
    with staged(installation, 1) as stage:
        found = race(stage, ROUNDS)
        assert found == {303: ROUNDS, 409: ROUNDS * (CLIENTS - 1)}
        with installation.session() as session:
            assert_whole(session)
