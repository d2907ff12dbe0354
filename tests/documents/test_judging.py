"""What a signature is worth: who, whether all of it, what came after, who vouches for it, and what was checked."""

from __future__ import annotations

from functools import cache

import pytest

from compassionate import clock
from compassionate.documents import judging
from compassionate.documents.judging import Judged, Trust, Unreadable, additions, judge
from compassionate.documents.signers import masked
from tests import signing
from tests.documents.sealed import archived, own, sealed
from tests.pki import authorities


def trust(online: bool = False, roots: bool = True) -> Trust:
    held = authorities()
    known = (held.certificate("root"),) if roots else ()
    return Trust(known, frozenset([own().fingerprint]), held.ask if online else None)


@cache
def signed(*names: str) -> bytes:
    """The sealed document, signed by these people one after another."""
    held = sealed().pdf
    for name in names:
        held = signing.sign(held, name)
    return held


def seen(pdf: bytes, believed: Trust | None = None) -> list[Judged]:
    return judge(pdf, believed or trust(), clock.now())


def last(pdf: bytes, believed: Trust | None = None) -> Judged:
    return seen(pdf, believed)[-1]


def test_a_good_signature_covers_all_of_it_and_leads_to_a_known_root():
    seal, hers = seen(signed("ana"), trust(online=True))
    assert (seal.is_seal, seal.covers, seal.reason) == (True, judging.EARLIER, "")
    assert (hers.covers, hers.chain, hers.revocation, hers.reason) == ("whole", "trusted", "good", "")
    assert (hers.signer.name, hers.signer.number) == ("FARMACEUTICA INVENTADA ANA", "***0000**")


def test_offline_nobody_is_asked_and_revocation_counts_as_not_checked():
    held = authorities()
    held.asked.clear()
    assert last(signed("ana")).revocation == judging.UNCHECKED
    assert held.asked == []


def test_without_roots_the_chain_counts_as_not_checked_and_nothing_more():
    hers = last(signed("ana"), trust(roots=False))
    assert (hers.chain, hers.reason) == (judging.UNCHECKED, "")


@pytest.mark.parametrize(("name", "reason"), [("expired", "expired"), ("revoked", "revoked"), ("stranger", "unknown")])
def test_a_certificate_that_is_over_taken_back_or_of_nobody_known_stands_against_it(name, reason):
    assert last(signed(name), trust(online=True)).reason == reason


def test_two_people_sign_one_after_another_and_both_hold():
    _, first, second = seen(signed("ana", "luis"))
    assert (first.covers, first.reason) == (judging.EARLIER, "")
    assert (second.covers, second.reason) == (judging.WHOLE, "")


def test_a_signature_that_is_seen_on_the_page_is_as_good():
    assert additions(signing.sign(sealed().pdf, box=(50, 50, 200, 100)), sealed().pdf)


def test_a_signature_behind_an_archived_seal_is_as_good():
    assert last(signing.sign(archived().pdf)).holds
    assert additions(signing.sign(archived().pdf), archived().pdf)


def test_the_time_of_a_trusted_authority_is_told_from_the_clock_of_who_signed():
    assert last(signing.sign(sealed().pdf, stamped=True)).moment == judging.STAMPED
    assert last(signed("ana")).moment == judging.CLAIMED


@pytest.mark.parametrize("cheat", [signing.paint_over, signing.add_note])
def test_what_is_painted_or_written_over_it_after_the_signature_is_seen(cheat):
    assert last(cheat(signed("ana"))).reason == judging.CHANGED_AFTER
    assert not additions(cheat(signed("ana")), sealed().pdf)


@pytest.mark.parametrize("cheat", [signing.paint_over, signing.add_note])
def test_what_is_changed_between_the_seal_and_the_signature_is_seen_against_the_seal(cheat):
    held = signing.sign(cheat(sealed().pdf))
    assert last(held).holds  # whoever signed, signed that
    assert seen(held)[0].reason == judging.CHANGED_AFTER
    assert not additions(held, sealed().pdf)


def test_one_flipped_byte_is_seen_wherever_it_is():
    held = signed("ana")
    assert [each.reason for each in seen(signing.flip(held, 120))] == ["changed", "changed"]
    assert last(signing.flip(held, held.rindex(b"/SigFlags 3") + 10)).reason == judging.CHANGED


def test_a_signature_over_a_part_of_the_file_is_seen():
    held = last(signing.sign_a_part(sealed().pdf))
    assert (held.covers, held.reason) == (judging.PART, judging.COVERS_PART)


def test_bytes_behind_the_end_are_no_part_of_what_was_signed():
    assert not additions(signed("ana") + b"\nmore", sealed().pdf)
    assert additions(signed("ana") + b"\r\n", sealed().pdf)


@pytest.mark.parametrize(
    "spoil",
    [signing.break_cms, lambda pdf: pdf[:-400], lambda pdf: pdf[: len(pdf) // 2], lambda pdf: b"%PDF-1.7\n%%EOF"],
)
def test_what_cannot_be_read_is_said_so(spoil):
    with pytest.raises(Unreadable):
        seen(spoil(signed("ana")))


@pytest.mark.parametrize(
    ("number", "shown"), [("00000000T", "***0000**"), ("X1234567L", "***4567**"), ("abc", "***"), ("", "")]
)
def test_an_identity_number_is_shown_by_its_middle_alone(number, shown):
    assert masked(number) == shown
