"""What signatures need from outside – time-stamps, revocation – through one door that the caller gives.

The library would go out by itself, with clients of its own; through `Ask` every question has the limits of all others
(no redirects, little time, few bytes), and tests answer it without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from asn1crypto import crl, ocsp, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import errors
from pyhanko_certvalidator.fetchers.api import CertificateFetcher, CRLFetcher, Fetchers, OCSPFetcher
from pyhanko_certvalidator.fetchers.common_utils import (
    enumerate_delivery_point_urls,
    format_ocsp_request,
    process_ocsp_response_data,
)
from pyhanko_certvalidator.util import get_ocsp_urls, get_relevant_crl_dps, issuer_serial

# (address, body or None to get, media type of the body, media type wanted) -> answer; raises OSError for none
Ask = Callable[[str, bytes | None, str, str], bytes]


class Stamper(TimeStamper):
    """An authority that stamps time (RFC 3161); only a hash goes out."""

    def __init__(self, ask: Ask, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ask, self._url = ask, url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The authority's answer; raises OSError for none."""
        answer = self._ask(self._url, req.dump(), "application/timestamp-query", "application/timestamp-reply")
        try:
            held = tsp.TimeStampResp.load(answer, strict=True)
            held.native  # noqa: B018 - what cannot be read raises here
        except (ValueError, TypeError) as error:
            raise OSError("no time-stamp") from error
        return held


class _OCSP(OCSPFetcher):
    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._held: dict[Any, list[Any]] = {}

    async def fetch(self, cert: Any, authority: Any) -> ocsp.OCSPResponse:
        """What the certificate's own authority says of it; raises OCSPFetchError."""
        request = format_ocsp_request(cert, authority, certid_hash_algo="sha1", request_nonces=False)
        for url in get_ocsp_urls(cert)[:2]:
            try:
                answer = self._ask(url, request.dump(), "application/ocsp-request", "application/ocsp-response")
                held = process_ocsp_response_data(answer, ocsp_request=request, ocsp_url=url)
            except (OSError, ValueError, errors.OCSPFetchError):
                continue
            self._held.setdefault(issuer_serial(cert), []).append(held)
            return held
        raise errors.OCSPFetchError("no answer")

    def fetched_responses(self) -> Iterable[ocsp.OCSPResponse]:
        """All that was fetched."""
        return [each for held in self._held.values() for each in held]

    def fetched_responses_for_cert(self, cert: Any) -> Iterable[ocsp.OCSPResponse]:
        """What was fetched about one certificate."""
        return self._held.get(issuer_serial(cert), [])


class _CRL(CRLFetcher):
    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._held: dict[Any, list[Any]] = {}

    async def fetch(self, cert: Any, *, use_deltas: Any = None) -> Iterable[crl.CertificateList]:
        """The lists that a certificate names; raises CRLFetchError where none answers."""
        points = get_relevant_crl_dps(cert, use_deltas=bool(use_deltas))
        urls = [url for point in points for url in enumerate_delivery_point_urls(point)][:2]
        found = [held for held in map(self._one, urls) if held is not None]
        if urls and not found:
            raise errors.CRLFetchError("no answer")
        self._held[issuer_serial(cert)] = found
        return found

    def _one(self, url: str) -> crl.CertificateList | None:
        try:
            return crl.CertificateList.load(self._ask(url, None, "", "application/pkix-crl"), strict=True)
        except (OSError, ValueError):
            return None

    def fetched_crls(self) -> Iterable[crl.CertificateList]:
        """All that was fetched."""
        return [each for held in self._held.values() for each in held]

    def fetched_crls_for_cert(self, cert: Any) -> Iterable[crl.CertificateList]:
        """What was fetched about one certificate; KeyError where nobody asked."""
        return self._held[issuer_serial(cert)]


class _NoCertificates(CertificateFetcher):
    """Certificates are given or stand in the file: an address in an uploaded file is never called to find one."""

    async def fetch_cert_issuers(self, cert: Any) -> Any:
        """None."""
        nothing: tuple[Any, ...] = ()
        for each in nothing:
            yield each

    async def fetch_crl_issuers(self, certificate_list: Any) -> Any:
        """None."""
        nothing: tuple[Any, ...] = ()
        for each in nothing:
            yield each

    def fetched_certs(self) -> Iterable[Any]:
        """None."""
        return ()


def fetchers(ask: Ask) -> Fetchers:
    """Revocation through the one door."""
    return Fetchers(_OCSP(ask), _CRL(ask), _NoCertificates())
