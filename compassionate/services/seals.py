"""The seal of this installation: with which certificate, who may know it by that, and every one that it ever used.

Where the hospital gave a certificate of its own (sello electrónico, Ley 40/2015 art. 40; Reglamento (UE) 910/2014 art.
36) that one seals. Otherwise the installation makes one for itself at first need; its key is kept sealed in the
database, so that backups carry it and a rotation of keys passes over it as over everything else. A certificate that was
used stays on record: what was sealed with it is known for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.certificates import (
    BadCertificate,
    Described,
    Identity,
    describe,
    fingerprint,
    from_pem,
    from_pkcs12,
    make,
    pem,
)
from compassionate.documents.judging import Trust
from compassionate.documents.sealing import Sealer
from compassionate.errors import StartRefused
from compassionate.models import Installation, SealCertificate, new_id
from compassionate.models.vault import vault_of
from compassionate.services import audit, outside

SCOPE = "seal"  # of the key that seals the private keys
WARN_BEFORE = timedelta(days=60)
OWN, HOSPITAL = "own", "hospital"
FINE, SOON, OVER = "fine", "soon", "over"


class SealWrong(StartRefused):
    """The hospital's certificate for sealing cannot be used: says which setting is wrong."""


@dataclass(slots=True)
class SealSettings:
    """What the hospital said about sealing, and what this process has made and not yet kept."""

    given: Identity | None = None
    tsa_url: str = ""
    roots: tuple[bytes, ...] = ()
    signer_roots: tuple[bytes, ...] = ()  # whose certificates people may sign with; none: chains are not checked
    asks_revocation: bool = False  # of people's certificates, from their authorities
    made: Identity | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class InUse:
    """The certificate that seals now; `owner`: the installation itself or the hospital; `state`: how near its end."""

    owner: str
    about: Described
    state: str
    stamps: bool


def settings(
    file: Path | None,
    password_file: Path | None,
    tsa_url: str,
    tsa_roots: Path | None,
    signer_roots: Path | None = None,
    asks_revocation: bool = False,
) -> SealSettings:
    """The settings with the hospital's certificate opened and the roots read; raises SealWrong."""
    roots = tuple(_roots(tsa_roots)) if tsa_roots else ()
    people = _folder(signer_roots) if signer_roots else ()
    return SealSettings(_opened(file, password_file), tsa_url, roots, people, asks_revocation)


def _folder(folder: Path) -> tuple[bytes, ...]:
    """Every certificate of a folder; a slip of the pen must not switch the check of chains off."""
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix.lower() in (".pem", ".crt", ".cer", ".der"))
        found = tuple(held for each in files for held in from_pem(each.read_bytes()))
    except (OSError, BadCertificate) as error:
        raise SealWrong(f"COMPASSIONATE_SIGNER_ROOTS ({folder}): {error}.") from error
    if not found:
        raise SealWrong(f"COMPASSIONATE_SIGNER_ROOTS ({folder}) no contiene ningún certificado.")
    return found


def _opened(file: Path | None, password_file: Path | None) -> Identity | None:
    if file is None:
        return None
    try:
        password = password_file.read_text(encoding="utf-8").strip() if password_file else ""
        return from_pkcs12(file.read_bytes(), password)
    except (OSError, UnicodeDecodeError) as error:
        raise SealWrong(f"No se puede leer el certificado de sello o su contraseña: {error}.") from error
    except BadCertificate as error:
        raise SealWrong(f"COMPASSIONATE_SEAL_FILE ({file}) {error}.") from error


def _roots(path: Path) -> list[bytes]:
    try:
        return from_pem(path.read_bytes())
    except (OSError, BadCertificate):
        return []  # `flask audit stamp` says so; a print is sealed at a lower level and says that


def settings_of(session: Session) -> SealSettings:
    """What this session was told about sealing when it was made."""
    held = session.info.setdefault("seal", SealSettings())
    assert isinstance(held, SealSettings)
    return held


def sealer(session: Session, location: str, now: datetime) -> Sealer:
    """Everything that sealing needs now; makes a certificate where there is none in force (kept by `remember`)."""
    held = settings_of(session)
    identity = _given(held, now) or _kept(session, now) or _made(session, held, now)
    return Sealer(identity, location, held.tsa_url, held.roots, ask)


def _given(held: SealSettings, now: datetime) -> Identity | None:
    """The hospital's certificate, while it is in force: a document with an expired seal would look forged."""
    return held.given if held.given and _in_force(held.given.certificate, now) else None


def _in_force(certificate: bytes, now: datetime) -> bool:
    about = describe(certificate)
    return about.begins_at <= now < about.ends_at


def _kept(session: Session, now: datetime) -> Identity | None:
    for row in session.scalars(select(SealCertificate).order_by(SealCertificate.id)):
        (certificate,) = from_pem(row.certificate.encode())
        if row.private_key and row.key_id and now < describe(certificate).ends_at:
            key = vault_of(session).open(session, row.key_id, row.private_key, _place(row))
            return Identity(certificate, key)
    return None


def _made(session: Session, held: SealSettings, now: datetime) -> Identity:
    """One a process, until it is kept: several prints may be under way before the first of them is."""
    if held.made is None or now >= describe(held.made.certificate).ends_at:
        installation = session.scalar(select(Installation.id)) or new_id()
        held.made = make(installation[-12:], now)
    return held.made


def remember(session: Session, certificate: bytes, now: datetime) -> None:
    """Keep the certificate that sealed something, once; with its key where it is the installation's own."""
    name = fingerprint(certificate)
    if certificate_of(session, name) is not None:
        return
    row = SealCertificate(id=new_id(), fingerprint=name, certificate=pem(certificate).decode(), made_at=now)
    made = settings_of(session).made
    if made is not None and made.certificate == certificate:
        row.key_id = vault_of(session).new_key(session, SCOPE).id
        row.private_key = vault_of(session).seal(session, row.key_id, made.key, _place(row))
    session.add(row)
    session.flush()
    owner = OWN if row.private_key else HOSPITAL
    audit.append(session, None, "seal_certificate", now, fingerprint=name, owner=owner)


def _place(row: SealCertificate) -> str:
    return f"seal_certificates.private_key.{row.id}"


def trust(session: Session, online: bool = False) -> Trust:
    """Whom this installation believes; `online`: authorities may be asked, where the hospital allows it."""
    held = settings_of(session)
    marks = frozenset(session.scalars(select(SealCertificate.fingerprint)))
    return Trust(held.signer_roots, marks, ask if online and held.asks_revocation else None)


def ask(url: str, body: bytes | None, kind: str, wanted: str) -> bytes:
    """How signatures ask authorities outside; raises OSError for no answer."""
    try:
        return outside.post(url, body, kind, wanted) if body is not None else outside.get(url)
    except outside.NoAnswer as error:
        raise OSError(str(error)) from error


def in_use(session: Session, now: datetime) -> InUse | None:
    """The certificate that seals now; None before the first document of an installation without one."""
    held = settings_of(session)
    given, kept = _given(held, now), _kept(session, now)
    identity = given or kept
    if identity is None:
        return None
    about = describe(identity.certificate)
    return InUse(HOSPITAL if given else OWN, about, _state(about.ends_at, now), bool(held.tsa_url))


def _state(ends_at: datetime, now: datetime) -> str:
    if now >= ends_at:
        return OVER
    return SOON if now >= ends_at - WARN_BEFORE else FINE


def warning(session: Session, now: datetime) -> tuple[str, datetime] | None:
    """Which certificate is near or past its end, and when that is: the hospital's, else the installation's own."""
    held = settings_of(session)
    if held.given is not None:
        ends_at = describe(held.given.certificate).ends_at
        state = _state(ends_at, now)
        return None if state == FINE else (f"{HOSPITAL}_{state}", ends_at)
    seals_now = in_use(session, now)
    if seals_now is None or seals_now.state == FINE:
        return None
    return f"{OWN}_{seals_now.state}", seals_now.about.ends_at


def known(session: Session) -> list[tuple[SealCertificate, Described]]:
    """Every certificate that sealed something here, newest first."""
    rows = session.scalars(select(SealCertificate).order_by(SealCertificate.id.desc())).all()
    return [(row, describe(from_pem(row.certificate.encode())[0])) for row in rows]


def certificate_of(session: Session, name: str) -> SealCertificate | None:
    """The certificate of that fingerprint, where it sealed something here."""
    return session.scalar(select(SealCertificate).where(SealCertificate.fingerprint == name))
