"""The chains walked from the first row, taken away, and held against what was taken away before.

The format is published (docs/audit.md), and tools/verify_audit.py reads it without this package.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.services.audit import AUDIT, CHAINS, GENESIS, READS, Chain, link

IN_PORTIONS = {"yield_per": 1000}  # a chain of millions of rows is never all in memory
GONE, NOT_KEPT = "rows after the last one are gone", "not the row that was kept"


@dataclass(frozen=True, slots=True)
class Head:
    """How long a chain is and its last hash: kept elsewhere, it proves later that no row before it went away."""

    rows: int
    head: str
    at: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a chain found: how many rows, the head, and the first bad row with why."""

    ok: bool
    rows: int
    head: str
    first_bad: int | None = None
    why: str = ""


class _Cases:
    """Which case a row stands under must be the one that its text names: that column is not in the hash."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._by_code = dict(known)
        self._by_id = {case_id: code for code, case_id in known.items()}

    def agree(self, code: str, case_id: str | None) -> bool:
        """Whether code and id belong together, as everywhere else in the chain."""
        if not code or case_id is None:
            return not code and case_id is None
        return self._by_code.setdefault(code, case_id) == case_id and self._by_id.setdefault(case_id, code) == code


def _rows(session: Session, chain: Chain) -> Any:
    held = chain.rows.c
    ordered = select(held.seq, held.previous, held.row, held.hash, held.case_id).order_by(held.seq)
    return session.connection().execute(ordered, execution_options=IN_PORTIONS)


def verify(session: Session, chain: Chain = AUDIT, kept: Iterable[Mapping[str, Any]] = ()) -> Verdict:
    """Walk a chain from the first row; names the first bad one after any edit, deletion, insertion or swap.

    With heads that were kept elsewhere, also after a cut tail, a history written anew or an older copy put in.
    """
    heads: dict[int, list[str]] = {}
    for each in kept:
        heads.setdefault(int(each["rows"]), []).append(str(each["head"]))
    cases = _Cases(dict(session.execute(select(Case.code, Case.id)).all()))
    with _rows(session, chain) as rows:
        found = _walk(rows, heads, cases)
    if not found.ok:
        return found
    count, head, _ = session.connection().execute(chain.last).one_or_none() or (0, GENESIS, None)
    if found.rows > count:
        return Verdict(False, found.rows, found.head, count + 1, "a row that the head does not know")
    if (count, head) != (found.rows, found.head) or max(heads, default=0) > found.rows:
        return Verdict(False, found.rows, found.head, found.rows + 1, GONE)
    return found


def _walk(rows: Iterable[Any], kept: Mapping[int, Sequence[str]], cases: _Cases) -> Verdict:
    previous, seq = GENESIS, 0
    for held, before, text, digest, case_id in rows:
        if held != seq + 1:
            return Verdict(False, seq, previous, seq + 1, "missing row")
        if before != previous or link(previous, text) != digest:
            return Verdict(False, seq, previous, seq + 1, "hash does not follow")
        named = _named(text)
        if named is None or named[0] != held:
            return Verdict(False, seq, previous, seq + 1, "not a row of this place")
        if not cases.agree(named[1], case_id):
            return Verdict(False, seq, previous, seq + 1, "under another case than it names")
        if any(head != digest for head in kept.get(held, ())):
            return Verdict(False, seq, previous, seq + 1, NOT_KEPT)
        previous, seq = digest, seq + 1
    return Verdict(True, seq, previous)


def _named(text: str) -> tuple[int, str] | None:
    """Place and case that the text of a row names; None where it is no row."""
    try:
        row = json.loads(text)
        return int(row["seq"]), str(row["case"])
    except (ValueError, KeyError, TypeError):
        return None


def verify_against(session: Session, kept: Mapping[str, Any] | None = None, chain: Chain = AUDIT) -> Verdict:
    """Walk a whole chain; with a head that was kept elsewhere, also find a cut tail and a rewritten history."""
    return verify(session, chain, [kept] if kept else [])


def head(session: Session, chain: Chain = AUDIT) -> Head:
    """The present head of a chain."""
    held = session.connection().execute(chain.last).one_or_none()
    if held is None or held.at is None:
        return Head(0, GENESIS, "")
    rows, last, at = held
    return Head(rows, last, at.isoformat())


def head_document(session: Session) -> dict[str, Any]:
    """Both heads as scripts read them: that of the acts, and within it that of the reads."""
    return asdict(head(session)) | {READS.name: asdict(head(session, READS))}


def verdict_document(found: Verdict) -> dict[str, Any]:
    """A verdict as scripts read it."""
    first_bad = None if found.first_bad is None else {"seq": found.first_bad, "why": found.why}
    return {"ok": found.ok, "rows": found.rows, "head": found.head, "first_bad": first_bad}


def verify_all(session: Session, kept: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Both chains against every head that was kept, as scripts read it; `ok` and exit codes speak of both."""
    heads = {AUDIT.name: kept, READS.name: [each[READS.name] for each in kept if READS.name in each]}
    found = {name: verdict_document(verify(session, chain, heads[name])) for name, chain in CHAINS.items()}
    whole = all(each["ok"] for each in found.values())
    return found[AUDIT.name] | {"ok": whole, READS.name: found[READS.name], "heads": len(kept)}


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it leaves: `line` is JSON with seq, previous, row (the canonical text that was hashed) and hash."""

    seq: int
    hash: str
    line: str


def export(
    session: Session, chain: Chain = AUDIT, may_see: Callable[[Mapping[str, Any]], bool] | None = None
) -> Iterator[Line]:
    """Every row, in order; of rows that `may_see` refuses only the hashes: `row` is null, and they still link."""
    with _rows(session, chain) as rows:
        for seq, previous, text, digest, _ in rows:
            shown = text if may_see is None or may_see(json.loads(text)) else None
            line = json.dumps({"seq": seq, "previous": previous, "row": shown, "hash": digest}, ensure_ascii=False)
            yield Line(seq, digest, line)
