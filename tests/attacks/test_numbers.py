"""Eight openings of cases at once at the running server (CON-05): no hole and no double in a centre's numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.models import Case, Product
from compassionate.services import openings
from tests.attacks.history import NUMBER, assert_whole
from tests.attacks.serving import Answer, Installation, Visitor, at_once, running
from tests.world import World

CLIENTS = 8
FAIL = {
    "sqlite": (
        """CREATE TRIGGER fail_opening BEFORE INSERT ON case_lines WHEN NEW.product_line_id = '{line}'
        BEGIN SELECT RAISE(ABORT, 'the opening fails after its number was given'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION fail_opening() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE check_violation; END$$""",
        """CREATE TRIGGER fail_opening BEFORE INSERT ON case_lines FOR EACH ROW
        WHEN (NEW.product_line_id = '{line}') EXECUTE FUNCTION fail_opening()""",
    ),
}
HEAL = {"sqlite": "DROP TRIGGER fail_opening", "postgresql": "DROP TRIGGER fail_opening ON case_lines"}


class Desk:
    """A pharmacist of one hospital with openings that are ready to be confirmed."""

    def __init__(self, world: World) -> None:
        self.world, self.username = world, world.accounts["pharmacist"].username
        self.visitor: Visitor | None = None

    def ready(self, number: int, product: Product | None = None) -> str:
        """Everything of an opening is said, up to the last button; returns its page."""
        world, now = self.world, clock.now()
        session, actor = world.session, world.people["pharmacist"]
        started = openings.start(session, actor, world.centre.id, now)
        born = f"{1900 + number}-02-03"  # two of one name and birthday would be asked about
        person = {"given_name": "Persona", "surnames": "Inventada", "birth_on": born, "sex": "female"}
        openings.say_patient(session, actor, started.id, person | {"nhc": str(number)}, now)
        openings.say_product(session, actor, started.id, (product or world.product).id, now)
        openings.say_physician(session, actor, started.id, world.accounts["physician"].id, now)
        return f"{openings.PLACE}{started.id}/revisar"

    def press(self, address: str, pages: list[str]) -> list[partial[Answer]]:
        """Each button in a window of its own."""
        self.visitor = self.visitor or Visitor(address).log_in(self.username)
        return [partial(self.visitor.twin().post, page) for page in pages]


@contextmanager
def failing(session: Session, dialect: str, product: Product) -> Iterator[None]:
    """Openings for this medicine fail in the database, when they have their number already."""
    for each in FAIL[dialect]:
        session.execute(text(each.format(line=product.lines[0].id)))
    session.commit()
    yield
    session.execute(text(HEAL[dialect]))
    session.commit()


def code_of(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    found = re.fullmatch(r"/expedientes/([^/]+)", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


def assert_numbers(session: Session, centre: str, codes: list[str]) -> None:
    """What was answered is what is stored: one to as many as there are, each once."""
    year = clock.now().year
    assert sorted(int(code[NUMBER]) for code in codes) == list(range(1, len(codes) + 1))
    assert {code[:-6] for code in codes} == {f"{centre}-{year}-"}
    assert session.scalar(select(func.count()).where(Case.code.startswith(f"{centre}-"))) == len(codes)


def test_openings_at_once_are_numbered_without_a_hole(installation: Installation, dialect: str):
    with installation.world() as world:
        here = Desk(world)
        there = Desk(World(world.session, code="HGB", now=world.now, password_hash=world.password_hash))
        pages = {each: [each.ready(number) for number in range(CLIENTS)] for each in (here, there)}
        doomed = world.add_product("FALLA")
        fails = [here.ready(100 + number, doomed) for number in range(CLIENTS // 2)]
        world.session.commit()
        with running(installation) as server:
            half = CLIENTS // 2
            told = {}
            both = here.press(server.address, pages[here][:half]) + there.press(server.address, pages[there][:half])
            answers = at_once(*both)
            told[here] = [code_of(each) for each in answers[:half]]
            told[there] = [code_of(each) for each in answers[half:]]
            with failing(world.session, dialect, doomed):
                mixed = here.press(server.address, fails + pages[here][half:])
                answers = at_once(*mixed)
                assert {each.status for each in answers[:half]} == {409}
            told[here] += [code_of(each) for each in answers[half:]]
            rest = here.press(server.address, fails) + there.press(server.address, pages[there][half:])
            answers = at_once(*rest)
            told[here] += [code_of(each) for each in answers[:half]]
            told[there] += [code_of(each) for each in answers[half:]]
    with installation.session() as session:
        assert_numbers(session, "HGA", told[here])
        assert_numbers(session, "HGB", told[there])
        assert_whole(session)
