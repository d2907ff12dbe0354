"""Backups: every row and every file of one instant, sealed, with a manifest; made while people work.

ENS mp.info.6, EU GMP Annex 11 §7.2, GDPR art. 32.1.c. A folder with three files: `manifest.json` (versions, counts,
SHA-256 of each part, the audit head, which master key: its fingerprint, never the key), `rows` and `files`.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import os
import secrets
import shutil
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from compassionate import __version__
from compassionate.errors import Reason, Refused
from compassionate.models import Installation
from compassionate.models.vault import derive, fingerprint
from compassionate.services import backup_rows, chain, held_files, store
from compassionate.services.backup_parts import Damaged, SealedReader, SealedWriter, sha256_of
from compassionate.snapshot import canonical

FORMAT = 1
MANIFEST, ROWS, FILES = "manifest.json", "rows", "files"
OpenSession = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed file of a backup as it stands on the disk."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is; `key` and `salt` are fingerprints of what is needed beside it."""

    id: str
    made_at: str
    version: str
    revision: str
    installation: str
    key: str
    salt: str
    counts: dict[str, int]
    files: int
    audit: dict[str, Any]
    parts: tuple[Part, ...]
    format: int = FORMAT


def refused(code: str, **params: Any) -> Refused:
    """Why a backup is not made, or not taken."""
    return Refused((Reason(f"backup.{code}", "ENS op.exp.5; Annex 11 §7.2", params=params),))


def salt_fingerprint(salt: str) -> str:
    """Tells one salt of passwords from another: with another one nobody could log in."""
    return hashlib.sha256(b"compassionate.salt" + salt.encode()).hexdigest()[:16]


def create(read: OpenSession, folder: Path, master: bytes, salt: str, now: datetime) -> Manifest:
    """Write a backup into a new folder: as a whole or not at all. Raises Refused, Unavailable, OSError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refused("folder_taken", folder=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}.*.partial"):  # of a run that was killed
        shutil.rmtree(left)
    made = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.partial"
    made.mkdir(mode=0o700)
    try:
        with read() as session:
            manifest = _write_parts(session, made, master, salt, now)
        _write_manifest(made / MANIFEST, manifest, master)
        _sync(made)
        made.replace(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return manifest


def _write_parts(session: Session, made: Path, master: bytes, salt: str, now: datetime) -> Manifest:
    """Rows and files of one instant: a file is written before its row and sealed anew only under the lock held here."""
    connection = session.connection(execution_options=_one_instant(session))
    number, counts = secrets.token_hex(8), Counter[str]()
    with _part(made, ROWS, number, master) as rows, gzip.GzipFile(fileobj=rows, mode="wb", mtime=0) as packed:
        for line in _counted(backup_rows.dump(connection), counts):
            packed.write(line.encode() + b"\n")
    with _part(made, FILES, number, master) as files:
        names = [held.name for held in held_files.every(session)]
        with tarfile.open(fileobj=files, mode="w|") as archive:
            for name in names:
                data = store.get(session, name)
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    knows_itself = inspect(connection).has_table(Installation.__tablename__)
    held = session.get(Installation, 1) if knows_itself else None
    return Manifest(
        id=number,
        made_at=now.isoformat(),
        version=__version__,
        revision=backup_rows.revision(connection),
        installation=held.id if held else "",
        key=fingerprint(master),
        salt=salt_fingerprint(salt),
        counts=dict(counts),
        files=len(names),
        audit=chain.head_document(session),
        parts=tuple(Part(name, (made / name).stat().st_size, sha256_of(made / name)) for name in (ROWS, FILES)),
    )


def _one_instant(session: Session) -> dict[str, Any]:
    # SQLite's readers have one instant anyway.
    return {} if session.get_bind().dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def _counted(lines: Iterable[str], counts: Counter[str]) -> Iterator[str]:
    table = ""
    for line in lines:
        if line.startswith("{"):
            table = json.loads(line)["table"]
            counts[table] += 0
        else:
            counts[table] += 1
        yield line


class _part:  # noqa: N801 - reads as the statement it stands in
    """A part that is being written: sealed, ended and on the disk when it is left in peace."""

    def __init__(self, folder: Path, name: str, number: str, master: bytes) -> None:
        self._file = (folder / name).open("xb")
        self._writer = SealedWriter(self._file, _part_key(master, number, name))

    def __enter__(self) -> SealedWriter:
        return self._writer

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        with closing(self._file):
            if kind is None:
                self._writer.finish()
                self._file.flush()
                os.fsync(self._file.fileno())


def _part_key(master: bytes, number: str, name: str) -> bytes:
    return derive(master, f"compassionate.backup.{number}.{name}")


def _seal_of(document: Mapping[str, Any], master: bytes) -> str:
    return hmac.digest(derive(master, "compassionate.backup.manifest"), canonical(document), "sha256").hex()


def _write_manifest(path: Path, manifest: Manifest, master: bytes) -> None:
    document = json.loads(json.dumps(asdict(manifest)))
    with path.open("x", encoding="utf-8") as file:
        json.dump(document | {"seal": _seal_of(document, master)}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def authentic(folder: Path, masters: Iterable[bytes]) -> tuple[Manifest, bytes]:
    """What a backup says that it is, proved by its seal, and which of these master keys opens it; raises Refused."""
    held = {fingerprint(each): each for each in masters}
    document = _read_manifest(folder)
    master = held.get(str(document.get("key")))
    if master is None:
        raise refused("foreign", key=str(document.get("key")))
    seal = str(document.pop("seal", ""))
    if not hmac.compare_digest(seal, _seal_of(document, master)):
        raise refused("damaged", part=MANIFEST)
    parts = tuple(Part(**each) for each in document["parts"])
    return Manifest(**(document | {"parts": parts})), master


def verify(folder: Path, masters: Iterable[bytes]) -> tuple[Manifest, bytes]:
    """Read a whole backup: what it is, and which of these master keys opens it; raises Refused, touches nothing."""
    manifest, master = authentic(folder, masters)
    for part in manifest.parts:
        _expect_part(folder, part)
    counts = Counter[str]()
    try:
        for _ in _counted(rows(folder, manifest, master), counts):
            pass
        files_held = sum(1 for _ in files(folder, manifest, master))
    except (Damaged, OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise refused("damaged", part=str(error)) from error
    if (dict(counts), files_held) != (manifest.counts, manifest.files):
        raise refused("damaged", part=ROWS)
    return manifest, master


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise refused("incomplete", part=MANIFEST) from error
    except (OSError, ValueError) as error:
        raise refused("damaged", part=MANIFEST) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise refused("unknown_format")
    return document


def _expect_part(folder: Path, part: Part) -> None:
    path = folder / part.name
    if part.name not in (ROWS, FILES) or not path.is_file():
        raise refused("incomplete", part=part.name)
    if path.stat().st_size != part.size or sha256_of(path) != part.sha256:
        raise refused("damaged", part=part.name)


def rows(folder: Path, manifest: Manifest, master: bytes) -> Iterator[str]:
    """The lines of the rows; raises Damaged."""
    part = SealedReader(folder / ROWS, _part_key(master, manifest.id, ROWS))
    with gzip.GzipFile(fileobj=io.BufferedReader(part)) as packed:
        for line in packed:
            yield line.decode()


def files(folder: Path, manifest: Manifest, master: bytes) -> Iterator[tuple[str, bytes]]:
    """Every sealed file with its name; raises Damaged."""
    part = SealedReader(folder / FILES, _part_key(master, manifest.id, FILES))
    with tarfile.open(fileobj=io.BufferedReader(part), mode="r|") as archive:
        for entry in archive:
            data = archive.extractfile(entry)
            if data is None:
                raise Damaged(FILES)
            yield entry.name, data.read()
