"""Files that want to harm their reader cost bounded time and memory elsewhere, and end in a sentence (UPL-02 to 04)."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

import pytest

from compassionate.documents import intake, isolation, page_store
from compassionate.documents.pictures import PagePicture
from compassionate.errors import Invalid
from compassionate.words import has_words, say
from tests.documents.hostile import HOSTILE, JPEG, PDF, PNG, billion_forms, content_bomb, pdf, picture

LIMIT = 20_000_000
FLAT = 48  # megabytes that the application itself may grow by, whatever a file holds


def code_of(filename: str, declared: str, data: bytes, **limits: int) -> str:
    """The code that a file is refused with; empty where it is taken. Whatever else is raised is a failure."""
    try:
        isolation.inspected(filename, declared, data, LIMIT, **limits)
    except Invalid as refused:
        (error,) = refused.errors
        assert has_words(f"error.{error.code}"), error.code
        assert "{" not in say(f"error.{error.code}", **error.params)
        return error.code.removeprefix("paper.")
    return ""


def megabytes() -> int:
    """The most that this process ever took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_sentence_or_is_drawn_without_harm(name: str):
    held = HOSTILE[name]
    data, before = held.make(), megabytes()
    assert code_of(held.filename, held.declared, data) in held.codes
    if "" in held.codes:
        assert len(isolation.drawn(data, held.declared, 1, seconds=5)) == 1
    assert megabytes() - before < FLAT


def test_a_page_that_takes_for_ever_is_said_to_be_missing_and_the_next_one_is_drawn():
    first, second = isolation.drawn(billion_forms(), PDF, 2, seconds=1)
    assert first == PagePicture()
    assert second.jpeg.startswith(b"\xff\xd8")


def test_pages_that_kill_their_reader_again_and_again_are_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(isolation, "MOST_PAGES_THAT_KILL", 2)
    assert isolation.drawn(b"%PDF-1.7 nothing", PDF, 5) == (PagePicture(),) * 5
    assert isolation.drawn(pdf(pages=3), PDF, 3, megabytes=64) == (PagePicture(),) * 3


def test_a_file_that_takes_too_much_memory_is_refused_with_what_to_do():
    data = picture("PNG", (4000, 4000))
    assert code_of("grande.png", PNG, data, megabytes=100) == "too_demanding"
    assert "Guardar como PDF" in say("error.paper.too_demanding", filename="grande.png")


def test_a_file_that_takes_too_much_time_is_refused(monkeypatch: pytest.MonkeyPatch):
    data = content_bomb(60)
    assert code_of("lento.pdf", PDF, data) == ""
    assert code_of("lento.pdf", PDF, data, seconds=0) in ("", "too_demanding")


def test_a_reader_that_was_ended_from_outside_is_started_again():
    assert code_of("a.pdf", PDF, pdf()) == ""
    process = isolation.READER._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert code_of("a.pdf", PDF, pdf()) == ""


def test_where_no_reader_can_be_started_a_file_is_refused_and_never_read_here(monkeypatch: pytest.MonkeyPatch):
    isolation.READER.end()
    with monkeypatch.context() as without:
        without.setattr(sys, "executable", "/bin/false")
        without.setattr(intake, "inspect", lambda *given: pytest.fail("read among the pages"))
        assert code_of("a.pdf", PDF, pdf()) == "too_demanding"
    isolation.READER.end()
    assert code_of("a.pdf", PDF, pdf()) == ""


def test_the_reader_knows_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMPASSIONATE_MASTER_KEY", "not for readers")
    isolation.READER.end()
    assert code_of("a.pdf", PDF, pdf()) == ""
    process = isolation.READER._process
    assert process is not None
    assert b"not for readers" not in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_too_many_files_at_once_wait_and_are_then_sent_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(isolation, "PATIENCE", 0.01)
    turns = isolation.READER._turns
    for _ in range(isolation.AT_ONCE):
        turns.acquire()
    try:
        assert code_of("a.pdf", PDF, pdf()) == "examiner_busy"
    finally:
        turns.release(isolation.AT_ONCE)
    assert code_of("a.jpg", JPEG, picture("JPEG")) == ""


def test_page_pictures_are_kept_in_one_file_and_come_back():
    held = (PagePicture(b"\xff\xd8 first", True), PagePicture(), PagePicture(b"last"))
    file = page_store.packed(held)
    assert page_store.unpacked(file) == held
    assert page_store.unpacked(page_store.packed(())) == ()
    for broken in (b"", file[:-1], file + b"x", b"CPPP2" + file[5:]):
        with pytest.raises(page_store.NotPictures):
            page_store.unpacked(broken)
