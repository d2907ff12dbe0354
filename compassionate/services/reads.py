"""The log of reads: many people look at once, one commit serves all who wait (docs/adr/0008-reads-on-record.md).

Whoever comes while a commit is on its way waits, and the next commit takes all of them together: SQLite's one writer
is held for one short transaction, and nobody is shown anything that is not on disk (Ley 41/2002 art. 16; ASVS 16.3.2).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from compassionate.services.audit import AUDIT, READS, Act, Chain, write

log = logging.getLogger(__name__)
MOST_LATE = 10_000


class Unrecorded(RuntimeError):
    """What was to be written down could not be."""


@dataclass(frozen=True, slots=True)
class Note:
    """An act and the chain that it belongs to."""

    chain: Chain
    act: Act


@dataclass(eq=False, slots=True)
class _Waiting:
    notes: Sequence[Note]
    keep: bool
    is_done: bool = False
    error: Exception | None = None


class ReadLog:
    """Writes down reads and refusals, whoever waits together, before their answers are sent."""

    def __init__(self, open_writer: Callable[[], Session]) -> None:
        self._open_writer = open_writer
        self._queue: list[_Waiting] = []
        self._queued, self._writing = Lock(), Lock()
        self._late: list[Note] = []

    def record(self, notes: Sequence[Note], keep: bool = True) -> None:
        """Return when the notes are durable; raises Unrecorded when they cannot be.

        With `keep` they then stand in the process's own log, and go into their chain as soon as it can be written.
        """
        mine = _Waiting(notes, keep)
        with self._queued:
            self._queue.append(mine)
        with self._writing:
            if not mine.is_done:
                self._write_all_that_wait()
        if mine.error is not None:
            raise Unrecorded from mine.error

    def _write_all_that_wait(self) -> None:
        with self._queued:
            waiting, self._queue = self._queue, []
        try:
            self._commit([*self._late, *(note for each in waiting for note in each.notes)])
            self._late = []
        except SQLAlchemyError as error:
            for each in waiting:
                each.error = error
                if each.keep:
                    self._keep_for_later(each.notes)
        finally:
            for each in waiting:
                each.is_done = True

    def _commit(self, notes: Sequence[Note]) -> None:
        with self._open_writer() as session:
            for chain in (AUDIT, READS):
                write(session, chain, [note.act for note in notes if note.chain is chain])
            session.commit()

    def _keep_for_later(self, notes: Sequence[Note]) -> None:
        for note in notes:
            log.error("not in the chain of %s yet: %s", note.chain.name, _as_text(note.act))
        self._late = [*self._late, *map(_late, notes)][-MOST_LATE:]


def _late(note: Note) -> Note:
    """The same act, saying when it really was: its place in the chain will be later."""
    return replace(note, act=replace(note.act, detail={**note.act.detail, "late": note.act.at.isoformat()}))


def _as_text(act: Act) -> str:
    held: dict[str, Any] = asdict(act) | {"at": act.at.isoformat()}
    return json.dumps(held, sort_keys=True)
