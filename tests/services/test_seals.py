"""The seal of an installation: made once, kept sealed, replaced by the hospital's own, and never forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.certificates import describe, pem, to_pkcs12
from compassionate.documents.sealing import Sealer, seal
from compassionate.models import AuditEntry, IssuedDocument, SealCertificate
from compassionate.services import checking, documents, keys, seals
from compassionate.services.seals import SealSettings, SealWrong
from tests.documents.sealed import hospital, sealed, unsealed
from tests.services.test_documents import unprinted
from tests.world import World, own_identity

pytestmark = pytest.mark.one_database


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def kept(world: World) -> SealCertificate:
    """The installation's own certificate, kept when it first sealed something."""
    seals.sealer(world.session, "", world.now)
    seals.remember(world.session, own_identity().certificate, world.now)
    return world.session.scalars(select(SealCertificate)).one()


def fresh_process(session: Session) -> None:
    """What another process of the installation knows: nothing but what is kept."""
    session.info["seal"] = SealSettings()


def test_every_document_that_is_printed_is_sealed_and_says_with_what(world: World):
    case = world.case_in("preparing")
    world.fill_request(case)
    row = documents.issue(world.session, world.people["pharmacist"], case, "request_data", "hospital", world.tick())
    assert row.seal_level == "B-B"
    assert row.seal_certificate == own_identity().fingerprint
    assert row.sealed_at == row.issued_at
    assert row.seal_lacks is None
    assert documents.pdf_of(world.session, case, row).count(b"/ByteRange") == 1
    assert checking.check(world.session).ok


def test_what_is_kept_is_told_by_its_seal_even_where_the_file_was_changed(world: World):
    case = world.case_in("preparing")
    world.fill_request(case)
    prepared = documents.replace(unprinted(world.session, case), pdf=sealed().pdf, sealed=sealed())
    row = documents.keep(world.session, world.people["pharmacist"], case, prepared, world.tick())
    assert row.seal_digest == sealed().digest


def test_the_certificate_is_made_once_and_another_process_seals_with_the_same(world: World, kept: SealCertificate):
    fresh_process(world.session)
    assert seals.sealer(world.session, "", world.now).identity.fingerprint == kept.fingerprint
    seals.remember(world.session, own_identity().certificate, world.now)
    assert world.session.scalars(select(SealCertificate)).all() == [kept]


def test_the_key_lies_sealed_and_nowhere_in_clear(world: World, kept: SealCertificate):
    assert kept.private_key is not None
    assert own_identity().key not in kept.private_key
    assert own_identity().key[40:80] not in kept.private_key
    rows = world.session.scalars(select(AuditEntry.row)).all()
    assert any('"seal_certificate"' in row and kept.fingerprint in row for row in rows)
    assert "key=" not in repr(own_identity())


def test_new_keys_for_old_pass_over_the_seal_too(world: World, kept: SealCertificate):
    before, name = kept.private_key, kept.key_id
    assert name is not None
    keys.replace_key(world.session, world.session.get_one(keys.DataKey, name))
    assert kept.private_key != before
    fresh_process(world.session)
    assert seals.sealer(world.session, "", world.now).identity == own_identity()


def test_the_hospitals_certificate_takes_over_and_what_was_sealed_before_stays_known(
    world: World, kept: SealCertificate
):
    world.session.info["seal"] = SealSettings(given=hospital())
    used = seals.sealer(world.session, "Madrid", world.now)
    assert used.identity == hospital()
    seals.remember(world.session, seal(unsealed(), used, world.now).certificate, world.now)
    rows = [row for row, _ in seals.known(world.session)]
    assert [row.fingerprint for row in rows] == [hospital().fingerprint, kept.fingerprint]
    assert rows[0].private_key is None
    assert seals.in_use(world.session, world.now).owner == "hospital"


def test_a_hospitals_certificate_that_is_over_seals_nothing_and_is_said(world: World, kept: SealCertificate):
    world.session.info["seal"] = SealSettings(given=hospital())
    after = describe(hospital().certificate).ends_at
    assert seals.warning(world.session, world.now) is None
    assert seals.warning(world.session, after - timedelta(days=30)) == ("hospital_soon", after)
    assert seals.warning(world.session, after) == ("hospital_over", after)
    assert seals.sealer(world.session, "", after).identity != hospital()


def test_a_certificate_of_its_own_is_replaced_when_it_is_over(world: World, kept: SealCertificate):
    after = describe(own_identity().certificate).ends_at
    assert seals.warning(world.session, after - timedelta(days=30)) == ("own_soon", after)
    made = seals.sealer(world.session, "", after).identity
    assert made != own_identity()
    seals.remember(world.session, made.certificate, after)
    assert seals.in_use(world.session, after).about.fingerprint == made.fingerprint
    assert len(seals.known(world.session)) == 2


def test_a_file_of_the_hospital_that_cannot_be_used_stops_the_start_and_is_named(tmp_path: Path):
    file, password = tmp_path / "sello.p12", tmp_path / "password"
    password.write_text("otra\n", encoding="utf-8")
    with pytest.raises(SealWrong, match=r"sello\.p12"):
        seals.settings(file, password, "", None)
    file.write_bytes(to_pkcs12(hospital(), "una contraseña"))
    with pytest.raises(SealWrong, match="contraseña"):
        seals.settings(file, password, "", None)
    password.write_text("una contraseña\n", encoding="utf-8")
    assert seals.settings(file, password, "", None).given == hospital()


def test_a_folder_of_roots_that_holds_none_stops_the_start_instead_of_believing_everybody(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SealWrong, match="COMPASSIONATE_SIGNER_ROOTS"):
            seals.settings(None, None, "", None, folder)
    (tmp_path / "raiz.crt").write_bytes(pem(own_identity().certificate))
    assert seals.settings(None, None, "", None, tmp_path).signer_roots == (own_identity().certificate,)


def test_a_document_of_an_earlier_release_has_no_seal(world: World):
    case = world.case_in("submitted")
    row = world.session.scalars(select(IssuedDocument).where(IssuedDocument.case_id == case.id)).one()
    assert row.seal_level is None
    assert isinstance(seals.sealer(world.session, "", world.now), Sealer)
