"""No room left for data, for the log or for what is being taken in (DUR-05): reading goes on, writing says so."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attacks.history import assert_whole
from tests.attacks.serving import Installation, Server, Visitor, running
from tests.world import a_pdf

REFER = {"route": "research", "reason": "Una razón que costó escribir"}


@pytest.fixture(autouse=True)
def _files_of_its_own(dialect: str) -> None:
    if dialect != "sqlite":
        pytest.skip("the disk of a PostgreSQL is its server's")


def prepare(installation: Installation) -> tuple[str, str]:
    with installation.world() as world:
        case = world.open_case()
        world.act(case, "pharmacist", "start_screening")
        return case.code, world.accounts["pharmacist"].username


def limit_files(server: Server, size: int) -> None:
    """No file of the server may grow past this: what a full disk does, without being root."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def assert_says_so(answer, sentence: str) -> None:
    """A clear page: what happened, that it was not kept, when to come back, under which number to complain."""
    assert answer.status == 503, answer.text
    assert answer.headers["Retry-After"] == "30"
    assert sentence in answer.text
    assert "no se ha guardado" in answer.text
    assert "dé esta referencia" in answer.text


def attack_by_limit(server: Server, visitor: Visitor, code: str) -> None:
    """The same form before, during and after; nothing is started anew."""
    form = visitor.form(code, "refer") | REFER
    limit_files(server, 1)
    refused = visitor.post(f"/expedientes/{code}/pasos/refer", form)
    assert_says_so(refused, "El disco del servidor no acepta")
    assert REFER["reason"] in refused.text
    assert form["idempotency_key"] in refused.text
    assert visitor.get(f"/expedientes/{code}").status == 200
    assert visitor.post(f"/expedientes/{code}/papeles", {"kind": "evidence"}, a_pdf()).status == 503
    limit_files(server, resource.RLIM_INFINITY)
    assert visitor.post(f"/expedientes/{code}/pasos/refer", form).status == 303
    assert visitor.upload(code, a_pdf()).status == 303


def test_files_that_may_not_grow(installation: Installation):
    code, username = prepare(installation)
    with running(installation) as server:
        attack_by_limit(server, Visitor(server.address).log_in(username), code)
    with installation.session() as session:
        assert_whole(session)


@pytest.mark.long
def test_a_log_that_is_full_stops_nothing(installation: Installation):
    code, username = prepare(installation)
    with Path("/dev/full").open("w") as full, running(installation, stderr=full) as server:
        visitor = Visitor(server.address).log_in(username)
        limit_files(server, 1)
        assert visitor.take(code, "refer", **REFER).status == 503  # which is written to the log
        limit_files(server, resource.RLIM_INFINITY)
        assert visitor.take(code, "refer", **REFER).status == 303


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of a few megabytes; skips where none may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="compassionate-small-"))
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        folder.rmdir()
        pytest.skip("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> Path:
    """Leave no byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast


@pytest.mark.long
def test_a_disk_that_is_full(installation: Installation):
    with small_disk() as disk:
        database = disk / "held.db"
        shutil.copyfile(installation.url.removeprefix("sqlite:///"), database)
        small = Installation(disk, f"sqlite:///{database}", {"TMPDIR": str(disk)})
        code, username = prepare(small)
        with running(small) as server:
            visitor = Visitor(server.address).log_in(username)
            form = visitor.form(code, "refer") | REFER
            ballast = fill(disk)
            assert server.ready()[1]["parts"]["space"] == "low"
            refused = visitor.post(f"/expedientes/{code}/pasos/refer", form)
            large = visitor.post(f"/expedientes/{code}/papeles", {"kind": "evidence"}, a_pdf() + os.urandom(2_000_000))
            assert large.status in (500, 503), large.text
            assert visitor.get(f"/expedientes/{code}").status == 200
            assert_says_so(refused, "sin espacio")
            ballast.unlink()
            assert visitor.post(f"/expedientes/{code}/pasos/refer", form).status == 303
            assert visitor.upload(code, a_pdf()).status == 303
        with small.session() as session:
            assert_whole(session)
