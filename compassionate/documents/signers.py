"""Who signed, as a certificate says: a name for people to read, an identity number masked (GDPR art. 5.1.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

PREFIX = re.compile(r"^(?:IDC|VAT|NTR|PAS|NIF|TIN)[A-Z]{2}-", re.IGNORECASE)  # ETSI EN 319 412-1, 5.1.3
# A Spanish identity number, alone or where names of certificates carry one ("NOMBRE … - 00000000T", "NIF 00000000T").
NUMBER = re.compile(r"\b[XYZ]?\d{7,8}-?[A-Z]\b", re.IGNORECASE)
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Signer:
    """Name, identity number (masked), serial number of the certificate, who issued it."""

    name: str = ""
    number: str = ""
    serial: str = ""
    issuer: str = ""


def masked(number: str) -> str:
    """An identity number of which only the middle stays, as public lists in Spain print it: `***0000**`.

    Disposición adicional séptima de la LO 3/2018; the guidance of the AEPD fixes the fourth to the seventh digit.
    """
    digits = re.sub(r"[^0-9A-Za-z]", "", number)
    plain = re.sub(r"\D", "", digits)
    if len(plain) < 7:
        return "***" if digits else ""
    return f"***{plain[SHOWN : SHOWN + 4]}**"


def signer_of(certificate: Any) -> Signer:
    """The person or body that a certificate names."""
    subject, issuer = certificate.subject.native, certificate.issuer.native
    number = PREFIX.sub("", str(subject.get("serial_number") or ""))
    name = _one(subject.get("common_name")) or _one(subject.get("organization_name"))
    if not number and (found := NUMBER.search(name)):
        number = found.group()
    return Signer(
        name=NUMBER.sub("", name).strip(" -–:/(),"),
        number=masked(number),
        serial=f"{certificate.serial_number:X}",
        issuer=_one(issuer.get("common_name")) or _one(issuer.get("organization_name")),
    )


def _one(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
