"""Authorities, their services and people who sign, made by certomancer in this process: no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from asn1crypto import keys as asn1_keys
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.test import Client

ROOT_URL = "http://authority.test"
FOREVER = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2060-01-01T00:00:00+0000"}
PAST = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2022-01-01T00:00:00+0000"}
NAMES = ("root", "issuer", "answers", "stamps", "ana", "luis", "revoked", "expired", "stranger", "strange_root", "seal")


def _usage(*uses: str) -> dict[str, Any]:
    return {
        "id": "key_usage",
        "critical": True,
        "smart-value": {"schema": "key-usage", "params": list(uses)},
    }


def _lists(of: str) -> dict[str, Any]:
    named = {"schema": "crl-dist-url", "params": {"crl-repo-names": [of]}}
    return {"id": "crl_distribution_points", "smart-value": named}


def _answers(of: str) -> dict[str, Any]:
    named = {"schema": "aia-urls", "params": {"ocsp-responder-names": [of]}}
    return {"id": "authority_information_access", "smart-value": named}


def _person(issuer: str = "issuer", **more: Any) -> dict[str, Any]:
    extensions = [_usage("digital_signature", "non_repudiation")]
    extensions += [_lists(issuer), _answers(issuer)] if issuer == "issuer" else []
    return {"issuer": issuer, "validity": FOREVER, "extensions": extensions, **more}


def _authority(issuer: str) -> dict[str, Any]:
    extensions: list[dict[str, Any]] = [
        {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
        _usage("digital_signature", "key_cert_sign", "crl_sign"),
    ]
    if issuer == "root":
        extensions.append(_lists("root"))
    return {"issuer": issuer, "validity": FOREVER, "extensions": extensions}


CERTIFICATES: dict[str, dict[str, Any]] = {
    "root": {**_authority("root"), "subject": "root", "extensions": _authority("none")["extensions"]},
    "issuer": _authority("root"),
    "answers": {
        "issuer": "issuer",
        "validity": FOREVER,
        "extensions": [
            _usage("digital_signature"),
            {"id": "extended_key_usage", "value": ["ocsp_signing"]},
            {"id": "ocsp_no_check"},
        ],
    },
    "stamps": {
        "issuer": "issuer",
        "validity": FOREVER,
        "extensions": [
            _usage("digital_signature"),
            {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
            _lists("issuer"),
        ],
    },
    "ana": _person(),
    "luis": _person(),
    "seal": _person(),
    "revoked": _person(revocation={"revoked-since": "2021-12-01T00:00:00+0000", "reason": "key_compromise"}),
    "expired": _person(validity=PAST),
    "strange_root": {**_authority("strange_root"), "subject": "strange_root"},
    "stranger": _person("strange_root"),
}
ENTITIES: dict[str, dict[str, str]] = {
    "root": {"common-name": "Raíz inventada"},
    "issuer": {"common-name": "Autoridad inventada"},
    "answers": {"common-name": "Estado de certificados"},
    "stamps": {"common-name": "Sellos de tiempo"},
    "ana": {"common-name": "FARMACEUTICA INVENTADA ANA - 00000000T", "serial-number": "IDCES-00000000T"},
    "luis": {"common-name": "DIRECTOR INVENTADO LUIS - 11111111H", "serial-number": "IDCES-11111111H"},
    "seal": {"common-name": "SELLO DEL HOSPITAL INVENTADO"},
    "revoked": {"common-name": "REVOCADA INVENTADA", "serial-number": "IDCES-22222222J"},
    "expired": {"common-name": "CADUCADO INVENTADO", "serial-number": "IDCES-33333333P"},
    "stranger": {"common-name": "FORASTERO INVENTADO", "serial-number": "IDCES-44444444A"},
    "strange_root": {"common-name": "Raíz de otra parte"},
}
SERVICES = {
    "ocsp": {"issuer": {"for-issuer": "issuer", "responder-cert": "answers", "signing-key": "answers"}},
    "crl-repo": {
        name: {"for-issuer": name, "signing-key": name, "simulated-update-schedule": "P90D"}
        for name in ("root", "issuer")
    },
    "time-stamping": {"stamps": {"signing-key": "stamps", "signing-cert": "stamps"}},
}


def _pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class Authorities:
    """The authorities of a test run: certificates and keys by name, and what their services answer."""

    def __init__(self, folder: str) -> None:
        from pathlib import Path

        for name in NAMES:
            (Path(folder) / f"{name}.pem").write_text(_pem(), encoding="ascii")
        config = {
            "external-url-prefix": ROOT_URL,
            "keysets": {"keys": {"keys": {name: {"path": f"{name}.pem"} for name in NAMES}}},
            "pki-architectures": {
                "people": {
                    "keyset": "keys",
                    "entity-defaults": {"country-name": "ES", "organization-name": "Inventada"},
                    "entities": ENTITIES,
                    "certs": CERTIFICATES,
                    "services": SERVICES,
                }
            },
        }
        held = CertomancerConfig(config, key_search_dir=folder)
        self._people = held.get_pki_arch(ArchLabel("people"))
        self._client = Client(Animator(AnimatorArchStore(held.pki_archs), with_web_ui=False))
        self.tsa_url = f"{ROOT_URL}/people/tsa/stamps"
        self.asked: list[str] = []
        self.silent: set[str] = set()

    def certificate(self, name: str) -> bytes:
        """A certificate, DER."""
        return bytes(self._people.get_cert(CertLabel(name)).dump())

    def key(self, name: str) -> bytes:
        """A private key, PKCS#8 DER."""
        held: asn1_keys.PrivateKeyInfo = self._people.key_set.get_private_key(KeyLabel(name))
        return bytes(held.dump())

    def ask(self, url: str, body: bytes | None, kind: str, wanted: str) -> bytes:
        """What a service answers; OSError where it is silent."""
        self.asked.append(url)
        if any(each in url for each in self.silent):
            raise OSError("silent")
        path = url.removeprefix(ROOT_URL)
        answer = self._client.post(path, data=body, content_type=kind) if body is not None else self._client.get(path)
        if answer.status_code != 200:
            raise OSError(f"{answer.status_code} {path}")
        return answer.data

    @contextmanager
    def quiet(self, *parts: str) -> Iterator[None]:
        """Services whose addresses hold one of these words answer nothing."""
        self.silent |= set(parts)
        yield
        self.silent -= set(parts)


@cache
def authorities() -> Authorities:
    """The authorities, made once a run."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return Authorities(folder)
