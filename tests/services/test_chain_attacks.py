"""Every row of a real case's chain attacked in turn, with the bars down and every hash known: it is named each time.

The same attack is made on the export, and the tool for third parties says the same.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compassionate.services import audit, chain
from tests.house.source import ROOT
from tests.world import World

Attack = Callable[[Session, int], None]


@pytest.fixture(scope="module")
def tool() -> Any:
    """tools/verify_audit.py, which imports nothing of ours."""
    spec = importlib.util.spec_from_file_location("verify_audit", ROOT / "tools" / "verify_audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def attacked(fresh_engine: Engine, vault) -> Iterator[Session]:
    """The chain of a case from its opening to its treatment, in the hands of somebody who holds the database."""
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        world.case_in("in_treatment")
        session.commit()
        if session.get_bind().dialect.name == "sqlite":
            names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for name in names:
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("DROP TRIGGER guard_audit_entries ON audit_entries"))
            session.execute(text("DROP TRIGGER forward_audit_chains ON audit_chains"))
        session.commit()
        yield session


def run(session: Session, statement: str, **values: Any) -> None:
    session.execute(text(statement), values)


def held(session: Session, seq: int) -> dict[str, Any]:
    return dict(session.execute(text("SELECT * FROM audit_entries WHERE seq = :seq"), {"seq": seq}).mappings().one())


def edit(session: Session, seq: int) -> None:
    run(session, "UPDATE audit_entries SET row = replace(row, '\"ok\"', '\"ko\"') WHERE seq = :seq", seq=seq)


def edit_hash(session: Session, seq: int) -> None:
    run(session, "UPDATE audit_entries SET hash = :hash WHERE seq = :seq", hash="f" * 64, seq=seq)


def edit_previous(session: Session, seq: int) -> None:
    run(session, "UPDATE audit_entries SET previous = :hash WHERE seq = :seq", hash="e" * 64, seq=seq)


def delete(session: Session, seq: int) -> None:
    run(session, "DELETE FROM audit_entries WHERE seq = :seq", seq=seq)


def delete_and_close_up(session: Session, seq: int) -> None:
    """The rows after it move up, so that no number is missing; the head says one less."""
    delete(session, seq)
    run(session, "UPDATE audit_entries SET seq = 1 - seq WHERE seq > :seq", seq=seq)
    run(session, "UPDATE audit_entries SET seq = -seq WHERE seq < 0")
    run(session, "UPDATE audit_chains SET count = count - 1 WHERE name = 'audit'")


def insert(session: Session, seq: int) -> None:
    """A row of their own at this place, a copy of the one that stood there; the rest moves down."""
    copy = held(session, seq)
    run(session, "UPDATE audit_entries SET seq = -1 - seq WHERE seq >= :seq", seq=seq)
    run(session, "UPDATE audit_entries SET seq = -seq WHERE seq < 0")
    copy |= {"seq": seq, "hash": "d" * 64}
    run(session, "INSERT INTO audit_entries (seq, previous, row, hash) VALUES (:seq, :previous, :row, :hash)", **copy)
    run(session, "UPDATE audit_chains SET count = count + 1 WHERE name = 'audit'")


def swap(session: Session, seq: int) -> None:
    other = seq + 1 if session.scalar(text("SELECT max(seq) FROM audit_entries")) > seq else seq - 1
    for before, after in ((seq, -1), (other, seq), (-1, other)):
        run(session, "UPDATE audit_entries SET seq = :after WHERE seq = :before", before=before, after=after)


def rows(session: Session) -> list[str]:
    return [each.line for each in chain.export(session)]


def attacks(session: Session, attack: Attack) -> Iterator[tuple[int, int]]:
    """Attack every row in turn, each on the whole chain; yields the row and what is left to see."""
    total = session.scalar(text("SELECT count(*) FROM audit_entries")) or 0
    assert total > 40
    for seq in range(1, total + 1):
        with session.begin_nested() as savepoint:
            attack(session, seq)
            yield seq, total
            savepoint.rollback()


@pytest.mark.parametrize("attack", [edit, edit_hash, edit_previous, delete, delete_and_close_up, insert, swap])
def test_whatever_is_done_to_a_row_the_row_is_named(attacked: Session, tool, attack: Attack):
    kept = chain.head_document(attacked)
    for seq, total in attacks(attacked, attack):
        named = min(seq, total - 1) if attack is swap else seq
        found = chain.verify(attacked, kept=[kept])
        assert (found.ok, found.first_bad) == (False, named)
        told = tool.walk(rows(attacked), {kept["rows"]: [kept["head"]]})
        assert (told["ok"], told["first_bad"]["seq"]) == (False, named)


def test_a_forged_row_that_links_rightly_is_given_away_by_the_next(attacked: Session):
    """Who rewrites a row with its hash would have to rewrite all that follow, and the kept head with them."""
    kept = chain.head_document(attacked)

    def forge(session: Session, seq: int) -> None:
        row = held(session, seq)
        forged = row["row"].replace('"ok"', '"ko"')
        values = {"seq": seq, "row": forged, "hash": audit.link(row["previous"], forged)}
        run(session, "UPDATE audit_entries SET row = :row, hash = :hash WHERE seq = :seq", **values)

    for seq, total in attacks(attacked, forge):
        assert chain.verify(attacked, kept=[kept]).first_bad == min(seq + 1, total)


def test_a_row_put_under_another_case_is_named(attacked: Session):
    """That column finds the rows of a case quickly; it is not in the hash, so it is held against the text."""
    mine = json.loads(held(attacked, 1)["row"])
    assert mine["case"] == ""
    for change in (None, "somebody else's"):

        def move(session: Session, seq: int, change: str | None = change) -> None:
            run(session, "UPDATE audit_entries SET case_id = :change WHERE seq = :seq", change=change, seq=seq)

        for seq, _ in attacks(attacked, move):
            stood = json.loads(held(attacked, seq)["row"])["case"]
            found = chain.verify(attacked).first_bad
            assert found == (None if change is None and not stood else seq)


def test_a_row_that_was_put_in_after_the_head_is_named(attacked: Session):
    total = chain.verify(attacked).rows
    last = held(attacked, total)
    forged = last["row"].replace(f'"seq":{total}', f'"seq":{total + 1}')
    last |= {"seq": total + 1, "previous": last["hash"], "row": forged, "hash": audit.link(last["hash"], forged)}
    run(
        attacked,
        "INSERT INTO audit_entries (seq, previous, row, hash, case_id) VALUES (:seq, :previous, :row, :hash, :case_id)",
        **last,
    )
    assert chain.verify(attacked).first_bad == total + 1
