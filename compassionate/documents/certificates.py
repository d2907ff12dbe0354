"""Certificates of the seal: one that an installation makes for itself, and the hospital's own from a PKCS#12 file.

A certificate that an installation made proves that this installation sealed a file and that nothing changed since; it
proves to nobody else who that is. RSA, because every program that reads PDF signatures knows it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

KEY_BITS = 3072  # CCN-STIC 807: enough beyond 2030
KINDS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)
YEARS = 10
LONGEST_NAME = 64  # of a common name (RFC 5280)


class BadCertificate(ValueError):
    """A file that should hold the hospital's certificate does not; says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a seal is made with, all of it DER: a certificate, its private key, and the certificates above it."""

    certificate: bytes
    key: bytes
    chain: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"Identity({fingerprint(self.certificate)})"  # never the key

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate."""
        return fingerprint(self.certificate)


@dataclass(frozen=True, slots=True)
class Described:
    """What a certificate says of itself."""

    subject: str
    issuer: str
    serial: str
    begins_at: datetime
    ends_at: datetime
    fingerprint: str
    is_self_made: bool


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate, as programs show it but for the colons."""
    return hashlib.sha256(certificate).hexdigest()


def make(name: str, now: datetime) -> Identity:
    """A new key and a certificate that it signed itself, for this installation alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Compassionate"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Sello propio de la instalación {name}"[:LONGEST_NAME]),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of readers are not ours
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_sign_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    held = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Identity(made.public_bytes(Encoding.DER), held)


def _sign_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def from_pkcs12(data: bytes, password: str) -> Identity:
    """The hospital's certificate with its key, from the file that its authority gave; raises BadCertificate."""
    try:
        held = pkcs12.load_pkcs12(data, password.encode() or None)
    except ValueError as error:
        raise BadCertificate("no se abre: o no es PKCS#12, o la contraseña no es la suya") from error
    if held.key is None or held.cert is None or not isinstance(held.key, KINDS):
        raise BadCertificate("no contiene un certificado con su clave privada, RSA o de curva elíptica")
    chain = tuple(each.certificate.public_bytes(Encoding.DER) for each in held.additional_certs)
    return Identity(held.cert.certificate.public_bytes(Encoding.DER), _plain(held.key), chain)


def to_pkcs12(identity: Identity, password: str) -> bytes:
    """An identity as such a file."""
    key: Any = load_der_private_key(identity.key, None)
    certificate, above = x509.load_der_x509_certificate(identity.certificate), _loaded(identity.chain)
    kept = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(b"sello", key, certificate, above, kept)


def raw_signature(key: bytes, data: bytes) -> bytes:
    """What a key signs of some bytes, by SHA-256: RSA (PKCS#1 v1.5) or ECDSA.

    The numbers of a key are not tried again at every seal, which takes ten times as long as the rest: it was made
    here, or was tried when the hospital's file was opened, and was kept where nobody changes it unseen.
    """
    held = load_der_private_key(key, None, unsafe_skip_rsa_key_validation=True)
    if isinstance(held, rsa.RSAPrivateKey):
        return held.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(held, ec.EllipticCurvePrivateKey):
        return held.sign(data, ec.ECDSA(hashes.SHA256()))
    raise BadCertificate("su clave no es RSA ni de curva elíptica")


def _plain(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _loaded(certificates: tuple[bytes, ...]) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(each) for each in certificates]


def describe(certificate: bytes) -> Described:
    """Whose it is, who says so, and until when."""
    held = x509.load_der_x509_certificate(certificate)
    return Described(
        subject=_words(held.subject),
        issuer=_words(held.issuer),
        serial=f"{held.serial_number:X}",
        begins_at=held.not_valid_before_utc,
        ends_at=held.not_valid_after_utc,
        fingerprint=fingerprint(certificate),
        is_self_made=held.subject == held.issuer,
    )


def pem(certificate: bytes) -> bytes:
    """A certificate as people are given it."""
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def from_pem(text: bytes) -> list[bytes]:
    """The certificates of a file, PEM or DER; raises BadCertificate where there is none."""
    try:
        if b"-----BEGIN" in text:
            return [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(text)]
        return [x509.load_der_x509_certificate(text).public_bytes(Encoding.DER)]
    except ValueError as error:
        raise BadCertificate("no contiene ningún certificado") from error


def _words(name: x509.Name) -> str:
    """A name as people read it: the common name first, then the rest."""
    common = [str(each.value) for each in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    rest = [str(each.value) for each in name if each.oid != NameOID.COMMON_NAME]
    return ", ".join(dict.fromkeys([*common, *rest]))
