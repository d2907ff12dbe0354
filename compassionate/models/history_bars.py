"""What the database itself refuses: changing a row of proof, putting a chain's head back.

Revision 0002 says the same as literal SQL; tests hold the two against each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, event

REFUSAL = "audit rows are never changed"
ONLY_GROWS = "a chain only grows"
ENTRIES = ("audit_entries", "read_entries")
# The hash of the row that a head names; NULL where there is none, and then no head is right.
NAMED = """(CASE NEW.name WHEN 'reads' THEN (SELECT hash FROM read_entries WHERE seq = NEW.count)
    ELSE (SELECT hash FROM audit_entries WHERE seq = NEW.count) END)"""


def sqlite_bars(table: str) -> list[str]:
    """The bars of one table of rows, on SQLite."""
    return [
        f"CREATE TRIGGER {verb}_{table} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def postgres_bars(table: str) -> list[str]:
    """The bars of one table of rows, on PostgreSQL."""
    return [
        f"""CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
        f"""CREATE TRIGGER guard_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
    ]


SQLITE_HEAD_BARS = [
    f"""CREATE TRIGGER forward_audit_chains BEFORE UPDATE ON audit_chains
    WHEN NEW.name IS NOT OLD.name OR NEW.count <= OLD.count OR NEW.head IS NOT {NAMED}
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"CREATE TRIGGER keep_audit_chains BEFORE DELETE ON audit_chains BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END",
]
POSTGRES_HEAD_BARS = [
    f"""CREATE OR REPLACE FUNCTION refuse_head_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.name <> OLD.name OR NEW.count <= OLD.count OR NEW.head IS DISTINCT FROM {NAMED}
    THEN RAISE EXCEPTION '{ONLY_GROWS}'; END IF; RETURN NEW; END $$""",
    f"""CREATE OR REPLACE FUNCTION refuse_head_gone() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{ONLY_GROWS}'; END $$""",
    """CREATE TRIGGER forward_audit_chains BEFORE UPDATE ON audit_chains
    FOR EACH ROW EXECUTE FUNCTION refuse_head_back()""",
    """CREATE TRIGGER keep_audit_chains BEFORE DELETE OR TRUNCATE ON audit_chains
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_head_gone()""",
]


def _raise(table: Any, dialect: str, bars: list[str]) -> None:
    for bar in bars:
        made = DDL(bar.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", made)


def raise_bars(chains: Any, *entries: Any) -> None:
    """Put the bars up wherever these tables are made from the models."""
    for table in entries:
        _raise(table, "sqlite", sqlite_bars(table.name))
        _raise(table, "postgresql", postgres_bars(table.name))
    _raise(chains, "sqlite", SQLITE_HEAD_BARS)
    _raise(chains, "postgresql", POSTGRES_HEAD_BARS)
