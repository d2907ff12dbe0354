"""A part of a backup opens whole and in its order, or not at all (BAK-02): chunk by chunk, below every other check."""

from __future__ import annotations

from pathlib import Path

import pytest

from compassionate.services import backup_parts
from compassionate.services.backup_parts import LENGTH, TAG, Damaged, SealedReader, SealedWriter

KEY, SIZE = bytes(range(32)), 64
PLAIN = bytes(range(200))  # three whole chunks and eight bytes more
SEALED = LENGTH.size + SIZE + TAG  # of a whole chunk


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A part of four small chunks."""
    monkeypatch.setattr(backup_parts, "CHUNK", SIZE)
    path = tmp_path / "files"
    with path.open("wb") as file:
        writer = SealedWriter(file, KEY)
        writer.write(PLAIN)
        writer.finish()
    return path


def test_a_part_is_read_as_it_was_written(part: Path):
    assert SealedReader(part, KEY).readall() == PLAIN


@pytest.mark.parametrize("chunks", [0, 1, 2, 3])
def test_a_part_that_ends_at_the_border_of_a_chunk_was_cut(part: Path, chunks: int):
    """Every chunk that is left opens: only the last one's mark says that there were more."""
    part.write_bytes(part.read_bytes()[: chunks * SEALED])
    with pytest.raises(Damaged):
        SealedReader(part, KEY).readall()


def test_nothing_is_read_behind_the_last_chunk(part: Path):
    part.write_bytes(part.read_bytes() * 2)
    with pytest.raises(Damaged):
        SealedReader(part, KEY).readall()


def test_chunks_in_another_order_do_not_open(part: Path):
    held = part.read_bytes()
    part.write_bytes(held[SEALED : 2 * SEALED] + held[:SEALED] + held[2 * SEALED :])
    with pytest.raises(Damaged):
        SealedReader(part, KEY).readall()
