"""The seal: what it adds and leaves alone, that other programs read it, how far it goes when an authority is silent."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import ades, policy_decl
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from compassionate.documents import sealing
from compassionate.documents.certificates import BadCertificate, Identity, describe, from_pkcs12, pem, to_pkcs12
from compassionate.documents.judging import Trust, judge
from compassionate.documents.sealing import ARCHIVED, BASELINE, NO_PROOF, NO_STAMP, STAMPED, Sealer, seal
from compassionate.documents.signature_bytes import Covered, seals_in
from tests.documents.printed import printed
from tests.documents.sealed import AT, archived, hospital, own, sealed, stamping, unsealed
from tests.documents.test_profiles import faults
from tests.pki import authorities


def openssl(covered: Covered, certificate: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """What OpenSSL says of a signature, over the bytes that its range names."""
    held = {
        "signed.bin": covered.data[: covered.gap] + covered.data[covered.second : covered.end],
        "signature.der": covered.contents,
        "certificate.pem": pem(certificate),
    }
    for name, data in held.items():
        (folder / name).write_bytes(data)
    asked = "openssl cms -verify -binary -inform DER -in signature.der -content signed.bin -CAfile certificate.pem"
    asked += " -purpose any -partial_chain -out /dev/null"
    return subprocess.run(asked.split(), cwd=folder, capture_output=True, text=True, check=False)


def offline(identity: Identity) -> policy_decl.PdfSignatureValidationSpec:
    """A reader that asks nobody, and wants to see that nothing was taken back."""
    roots = [x509.Certificate.load(each) for each in (authorities().certificate("root"), identity.certificate)]
    whom = SimpleTrustManager.build(trust_roots=roots)
    return policy_decl.PdfSignatureValidationSpec(
        policy_decl.SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(whom, CertRevTrustPolicy(REQUIRE_REVINFO)),
            revinfo_gathering_policy=policy_decl.RevocationInfoGatheringSpec(
                online_fetching_rule=policy_decl.RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
        )
    )


def test_the_seal_is_added_behind_the_document_and_leaves_every_byte_of_it():
    assert sealed().pdf.startswith(unsealed())
    assert sealed().level == BASELINE
    assert (sealed().at, sealed().lacks) == (AT, "")


def test_the_seal_says_why_and_where_in_spanish_and_when_the_document_was_issued():
    held = PdfFileReader(io.BytesIO(sealed().pdf)).embedded_signatures[0]
    assert (held.field_name, str(held.sig_object["/Reason"]), str(held.sig_object["/Location"])) == (
        "Sello",
        sealing.REASON,
        "Madrid",
    )
    assert held.self_reported_timestamp == AT
    assert held.docmdp_level.value == 2


def test_the_seal_is_not_drawn_and_its_field_has_a_name_for_who_hears_the_page():
    with pikepdf.open(io.BytesIO(sealed().pdf)) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert field.TU == sealing.FIELD_TIP
        assert "/AP" not in field or field.Rect[0] == field.Rect[2]
        assert int(field.F) & 2 == 0  # hidden is forbidden in PDF/A
        assert float(field.Rect[2]) < 0  # outside of the page, so that it needs no tag
        assert pdf.pages[0].Tabs == "/S"
        assert "/Version" not in pdf.Root  # PDF/A-3 and PDF/UA-1 rest on PDF 1.7


def test_a_second_tool_finds_the_seal_good_and_that_of_a_changed_file_bad(tmp_path):
    (good,) = seals_in(sealed().pdf)
    assert openssl(good, own().certificate, tmp_path).returncode == 0
    changed = sealed().pdf.replace(b"Pagina", b"Pajina", 1)
    if changed == sealed().pdf:  # streams are packed
        changed = sealed().pdf[:200] + bytes([sealed().pdf[200] ^ 1]) + sealed().pdf[201:]
    (bad,) = seals_in(changed)
    assert openssl(bad, own().certificate, tmp_path).returncode != 0


@pytest.mark.parametrize("made", [sealed, archived])
def test_poppler_finds_the_seal_good(made, tmp_path):
    if not shutil.which("pdfsig"):
        pytest.skip("pdfsig of poppler-utils is not installed; OpenSSL is the second tool")
    path = tmp_path / "sealed.pdf"
    path.write_bytes(made().pdf)
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature Validation: Signature is Valid." in said
    assert "Signature Type: ETSI.CAdES.detached" in said


@pytest.mark.parametrize("identity", [own, hospital])
def test_with_an_authority_of_time_the_seal_can_be_checked_offline_years_later(identity):
    done = seal(unsealed(), stamping(identity()), AT)
    assert (done.level, done.lacks) == (ARCHIVED, "")
    held = PdfFileReader(io.BytesIO(done.pdf)).embedded_signatures[0]
    for in_years in (0, 5):
        at = datetime.now(UTC) + timedelta(days=365 * in_years)
        checked = ades.simulate_future_ades_lta_validation(held, offline(identity()), at)
        assert asyncio.run(checked).ades_subindic == AdESPassed.OK


def test_a_silent_authority_never_costs_the_document_and_the_lack_is_said():
    held = authorities()
    with held.quiet("/tsa/"):
        done = seal(unsealed(), stamping(own()), AT)
    assert (done.level, done.lacks) == (BASELINE, NO_STAMP)
    with held.quiet("/crls/", "/ocsp/"):
        done = seal(unsealed(), stamping(hospital()), AT)
    assert (done.level, done.lacks) == (STAMPED, NO_PROOF)


def test_an_answer_that_is_no_time_stamp_is_as_good_as_none():
    asked = Sealer(own(), "", "http://authority.test/tsa", (), lambda *_: b"<html>")
    assert seal(unsealed(), asked, AT).lacks == NO_STAMP


def test_only_hashes_go_to_the_authority_of_time():
    sent = []

    def ask(url, body, kind, wanted):
        sent.append(body or b"")
        return authorities().ask(url, body, kind, wanted)

    held = stamping(own())
    seal(unsealed(), Sealer(own(), "", held.tsa_url, held.roots, ask), AT)
    assert sent
    assert all(len(each) < 200 for each in sent)


def test_what_was_sealed_stays_good_after_the_certificate_is_over():
    later = datetime.now(UTC) + timedelta(days=365 * 20)
    assert describe(own().certificate).ends_at < later
    seen = judge(sealed().pdf, Trust(seals=frozenset([own().fingerprint])), later)
    assert [(each.is_seal, each.reason) for each in seen] == [(True, "")]


def test_a_hospitals_own_certificate_is_read_from_its_file_and_a_wrong_password_is_said():
    data = to_pkcs12(hospital(), "una contraseña")
    assert from_pkcs12(data, "una contraseña").certificate == hospital().certificate
    assert seal(unsealed(), Sealer(from_pkcs12(data, "una contraseña")), AT).fingerprint == hospital().fingerprint
    with pytest.raises(BadCertificate, match="contraseña"):
        from_pkcs12(data, "otra")
    with pytest.raises(BadCertificate):
        from_pkcs12(b"nothing", "")


@pytest.mark.parametrize("level", [BASELINE, ARCHIVED])
def test_the_seal_leaves_both_profiles(level: str):
    given = stamping(own()) if level == ARCHIVED else Sealer(own(), "Madrid")
    done = seal(printed("typical", "closing_report").pdf, given, AT)
    assert done.level == level
    # Of a file with more than one revision this validator wants every signature to reach its end; ISO 32000-1 12.8.1
    # asks for the end of its own revision, and that is what other readers hold an earlier signature to.
    later = [] if level == BASELINE else ["PDFA3A-SIGNATURE-BYTERANGE-001"]
    assert [rule for rule, _ in faults(done.pdf)] == later
