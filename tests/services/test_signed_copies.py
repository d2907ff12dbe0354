"""Copies signed with AutoFirma: kept where nothing stands against them, refused with a sentence otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.sealing import Sealer, seal
from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, CaseFile, IssuedDocument, SignedDocument
from compassionate.services import case_files, checking, documents, seals, signed_copies, store, verifying
from compassionate.services.seals import SealSettings
from compassionate.words import has_words, say
from tests import signing
from tests.documents.sealed import own, sealed, unsealed
from tests.pki import authorities
from tests.services.test_documents import unprinted
from tests.world import START, World

pytestmark = pytest.mark.one_database


@dataclass(frozen=True)
class Issued:
    """A case with a sealed document in it."""

    world: World
    case: Case
    row: IssuedDocument

    def examine(self, data: bytes) -> signed_copies.Examined:
        return signed_copies.examine(self.world.session, self.case, self.row, data, clock.now())

    def keep(self, data: bytes, who: str = "pharmacist") -> SignedDocument:
        found = self.examine(data)
        return signed_copies.keep(
            self.world.session, self.world.people[who], self.case, self.row, found, self.world.tick()
        )

    def refused(self, data: bytes) -> str:
        """The code with which a file is refused; nothing of it is kept."""
        with pytest.raises(Invalid) as wrong:
            self.examine(data)
        assert self.world.session.scalar(select(func.count()).select_from(SignedDocument)) == 0
        (error,) = wrong.value.errors
        assert has_words(f"error.{error.code}")
        assert "{" not in say(f"error.{error.code}", **error.params)
        return error.code.removeprefix("signed.")


def trusting(session: Session, online: bool = False, roots: bool = True) -> None:
    """Tell the installation whose certificates people may sign with, and whether it may ask about them."""
    known = (authorities().certificate("root"),) if roots else ()
    session.info["seal"] = SealSettings(made=own(), signer_roots=known, asks_revocation=online)


@pytest.fixture
def issued(session: Session) -> Issued:
    world = World(session)
    trusting(session)
    case = world.open_case()
    row = _keep(world, case, sealed(), "1" * 16)
    return Issued(world, case, row)


def _keep(world: World, case: Case, done, verification: str, version: int = 1) -> IssuedDocument:
    prepared = unprinted(world.session, case, version=version, verification=verification)
    prepared = replace(prepared, pdf=done.pdf, sealed=done)
    return documents.keep(world.session, world.people["pharmacist"], case, prepared, world.tick())


@cache
def signed(*names: str) -> bytes:
    held = sealed().pdf
    for name in names:
        held = signing.sign(held, name)
    return held


@cache
def another():
    """Another document of the same installation."""
    return seal(unsealed().replace(b"startxref", b"% another\nstartxref"), Sealer(own()), START)


def test_a_good_copy_is_kept_sealed_with_what_was_found(issued: Issued):
    row = issued.keep(signed("ana"))
    session = issued.world.session
    assert (row.chain, row.revocation, row.moment) == ("trusted", "unchecked", "claimed")
    (kept,) = signed_copies.listed(session, issued.case, issued.row)
    assert [(each["name"], each["number"]) for each in kept.signers] == [("FARMACEUTICA INVENTADA ANA", "***0000**")]
    assert signed_copies.data_of(session, issued.case, issued.row, row.id)[1] == signed("ana")
    file = session.scalars(select(CaseFile).where(CaseFile.kind == "signed")).one()
    assert b"%PDF" not in store.get(session, f"files/{file.id}")
    assert b"ANA" not in row.details
    rows = session.scalars(select(AuditEntry.row)).all()
    assert [text for text in rows if '"action":"keep_signed_copy"' in text]
    assert checking.check(session).ok
    assert case_files.find(session, issued.case, "signed", row.id) == file


def test_it_counts_nowhere_as_an_endorsement_or_a_consent(issued: Issued):
    before = issued.case.state, [(each.kind, each.state) for each in issued.case.regions]
    issued.keep(signed("ana", "luis"))
    assert (issued.case.state, [(each.kind, each.state) for each in issued.case.regions]) == before


def test_the_same_file_is_kept_once_and_another_beside_it(issued: Issued):
    first = issued.keep(signed("ana"))
    assert issued.keep(signed("ana")) == first
    issued.keep(signed("ana", "luis"))
    kept = signed_copies.listed(issued.world.session, issued.case, issued.row)
    assert [len(each.signers) for each in kept] == [2, 1]
    assert signed_copies.counts(issued.world.session, issued.case) == {issued.row.id: 2}


def test_revocation_is_asked_where_the_hospital_allows_it_and_nobody_is_asked_otherwise(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
):
    asked = authorities().asked
    monkeypatch.setattr(seals, "ask", authorities().ask)
    asked.clear()
    assert issued.keep(signed("ana")).revocation == "unchecked"
    assert asked == []
    trusting(issued.world.session, online=True)
    assert issued.keep(signed("luis")).revocation == "good"
    assert asked
    with pytest.raises(Invalid) as wrong:
        issued.examine(signed("revoked"))
    assert [each.code for each in wrong.value.errors] == ["signed.revoked"]


def test_without_roots_the_chain_counts_as_not_checked(issued: Issued):
    trusting(issued.world.session, roots=False)
    assert issued.keep(signed("stranger")).chain == "unchecked"


CHEATS = {
    "no_signature": lambda: sealed().pdf,
    "another": lambda: signing.sign(another().pdf),
    "not_this": lambda: signing.sign(unsealed()),
    "changed": lambda: signing.flip(signed("ana"), 120),
    "changed_after": lambda: signing.paint_over(signed("ana")),
    "covers_part": lambda: signing.sign_a_part(sealed().pdf),
    "expired": lambda: signed("expired"),
    "unknown": lambda: signed("stranger"),
    "broken": lambda: signing.break_cms(signed("ana")),
    "not_pdf": lambda: b"PK\x03\x04 a document of something else",
    "too_much": lambda: signed("ana") + b"%%EOF\n" * 41,
}


@pytest.mark.parametrize("code", CHEATS)
def test_what_stands_against_a_copy_is_said_and_nothing_is_kept(issued: Issued, code: str):
    _keep(issued.world, _other_case(issued.world), another(), "2" * 16)
    assert issued.refused(CHEATS[code]()) == code


def _other_case(world: World) -> Case:
    return world.open_case(nhc="100002")


@pytest.mark.parametrize(
    "cheat",
    [
        lambda: signing.add_note(signed("ana")),
        lambda: signing.sign(signing.add_note(sealed().pdf)),
        lambda: signing.sign(signing.paint_over(sealed().pdf)),
        lambda: signed("ana") + b"\nappended",
    ],
)
def test_anything_but_signatures_behind_the_document_is_refused(issued: Issued, cheat):
    assert issued.refused(cheat()) == "changed_after"


def test_one_flipped_byte_of_the_signature_is_refused(issued: Issued):
    held = signed("ana")
    assert issued.refused(signing.flip(held, held.rindex(b"/Contents <3") + 900)) == "broken"
    assert issued.refused(held[:-300]) == "broken"


def test_who_may_not_issue_keeps_none(issued: Issued):
    with pytest.raises(Refused):
        issued.keep(signed("ana"), "nurse")


def test_a_copy_of_another_document_is_not_found(issued: Issued):
    kept = issued.keep(signed("ana"))
    other = _other_case(issued.world)
    row = _keep(issued.world, other, another(), "2" * 16)
    with pytest.raises(NotFound):
        signed_copies.data_of(issued.world.session, other, row, kept.id)


def test_a_document_that_was_never_sealed_is_to_be_issued_anew(issued: Issued):
    issued.row.seal_level = None
    assert issued.refused(signed("ana")) == "unsealed"


def test_the_original_inside_a_signed_copy_is_still_found(issued: Issued):
    found = verifying.verify_file(issued.world.session, signed("ana", "luis"), clock.now())
    assert (found["ours"], found["whole"], found["unchanged"]) == (True, True, True)
    assert [(each["kind"], each["covers_whole"], each["valid"]) for each in found["signatures"]] == [
        ("seal", True, True),
        ("signature", True, True),
        ("signature", True, True),
    ]
    assert found["embedded_case"] is False


@pytest.mark.parametrize(
    ("cheat", "told"),
    [
        (lambda: signing.flip(sealed().pdf, 120), (True, True, False)),
        (lambda: signing.paint_over(sealed().pdf), (True, True, False)),
        (lambda: sealed().pdf + b"appended", (True, True, False)),
        (lambda: sealed().pdf[:-40], (True, False, False)),
        (lambda: sealed().pdf[: len(sealed().pdf) // 3], (False, False, False)),
        (lambda: unsealed(), (False, False, False)),
        (lambda: signed("ana"), (True, True, True)),
        (lambda: b"", (False, False, False)),
    ],
)
def test_a_changed_file_is_known_for_what_it_was(issued: Issued, cheat, told):
    found = verifying.verify_file(issued.world.session, cheat(), clock.now())
    assert (found["ours"], found["whole"], found["unchanged"]) == told
    assert (found["case"] == issued.case.code) is told[0]
