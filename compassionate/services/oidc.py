"""OpenID Connect with the hospital's own provider: code flow with PKCE, and an ID token of which nothing is believed.

State, nonce and verifier of a round come from one random number and our own secret, so that the browser holds the
first alone. Signature, algorithm, issuer, audience, age and nonce are looked at before the subject is (ASVS 10.5).
What comes out is who the provider says it is; who that is here is services/identities.py.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from compassionate.models.access import SUBJECT_LENGTH
from compassionate.services.outside import NoAnswer, RefusedOutside, ask, is_safe
from compassionate.text import single_line

WELL_KNOWN = "/.well-known/openid-configuration"
# Keys that come in pairs: with `none` or a shared secret among them, whoever knows the public key could sign.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
KEY_TYPES = ("RSA", "EC")
SKEW = 60
KEPT_FOR, ASKED_AGAIN_AFTER = timedelta(hours=1), timedelta(seconds=10)
STATE_LENGTH, NAME_LENGTH = 43, 100
LONGEST_TOKEN = 50_000
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProofRefused(Exception):
    """What the provider or the browser brought back proves nothing."""


@dataclass(frozen=True, slots=True)
class Client:
    """What the hospital's administrators of the provider registered: who we are to it."""

    issuer: str
    client_id: str
    secret: str
    factors: tuple[str, ...] = ()  # values of `acr` or `amr` that are two factors


@dataclass(frozen=True, slots=True)
class Round:
    """One trip of a browser to the provider and back."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """What the provider keeps until the verifier comes (RFC 7636, S256)."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom the provider vouches for, whether with two factors, and when they last showed who they are."""

    issuer: str
    subject: str
    name: str
    has_factors: bool
    shown_at: int


def _text(held: bytes) -> str:
    return base64.urlsafe_b64encode(held).rstrip(b"=").decode()


def new_state() -> str:
    """A number that nobody guesses."""
    return secrets.token_urlsafe(32)


def round_of(secret_key: str, state: str) -> Round:
    """The round of a state; nonce and verifier never leave this function's caller but to the provider."""
    nonce, verifier = (
        _text(hmac.digest(secret_key.encode(), f"oidc {part} {state}".encode(), hashlib.sha256))
        for part in ("nonce", "verifier")
    )
    return Round(state, nonce, verifier)


class Provider:
    """The hospital's provider: what it says about itself is kept for an hour, that it is silent for ten seconds."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._lock = Lock()
        self._held: dict[str, tuple[datetime, dict[str, Any] | None]] = {}

    def address(self, trip: Round, back: str, now: datetime, fresh: bool = False) -> str:
        """Where the browser goes to show who the person is; `fresh`: once more, now. Raises NoAnswer."""
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": back,
            "scope": "openid profile",
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        if self.client.factors:
            query["acr_values"] = " ".join(self.client.factors)
        if fresh:
            query |= {"prompt": "login", "max_age": "0"}
        endpoint = str(self._about(now)["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def expect_sender(self, given: str | None, now: datetime) -> None:
        """The answer says whose it is (RFC 9207: no mix-up of two providers); raises ProofRefused, NoAnswer."""
        says_so = self._about(now).get("authorization_response_iss_parameter_supported") is True
        if (given is None and says_so) or (given is not None and given != self.client.issuer):
            raise ProofRefused("iss")

    def redeem(self, trip: Round, code: str, back: str, now: datetime) -> Shown:
        """Who came back with this code; raises ProofRefused, NoAnswer."""
        about = self._about(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": trip.verifier,
            "client_id": self.client.client_id,
        }
        headers = {}
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in methods:
            pair = f"{quote(self.client.client_id, safe='')}:{quote(self.client.secret, safe='')}"
            headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        else:
            form["client_secret"] = self.client.secret
        try:
            answer = ask(str(about["token_endpoint"]), form, headers)
        except RefusedOutside as error:
            raise ProofRefused("code") from error
        return self._read(str(answer.get("id_token") or ""), trip.nonce, now)

    def _read(self, token: str, nonce: str, now: datetime) -> Shown:
        from joserfc import jwt
        from joserfc.errors import JoseError

        if not 0 < len(token) <= LONGEST_TOKEN:
            raise ProofRefused("id_token")
        try:
            claims = jwt.decode(token, lambda held: self._key(held.headers(), now), algorithms=ALGORITHMS).claims
            self._registry(nonce, now).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProofRefused(f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()) from error
        return self._shown(claims)

    def _registry(self, nonce: str, now: datetime) -> Any:
        from joserfc.jwt import JWTClaimsRegistry

        return JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=SKEW,
            iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": self.client.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    def _shown(self, claims: Mapping[str, Any]) -> Shown:
        audience, party = claims["aud"], claims.get("azp")
        is_shared = isinstance(audience, list) and len(audience) > 1
        if (party is not None or is_shared) and party != self.client.client_id:
            raise ProofRefused("azp")
        subject = str(claims["sub"])
        if not 0 < len(subject) <= SUBJECT_LENGTH or not subject.isprintable():
            raise ProofRefused("sub")
        said = claims.get("name") or claims.get("preferred_username") or subject
        methods = claims.get("amr") if isinstance(claims.get("amr"), list) else []
        values = {str(each) for each in (claims.get("acr"), *(methods or []))}
        shown_at = claims.get("auth_time")
        return Shown(
            self.client.issuer,
            subject,
            single_line(str(said))[:NAME_LENGTH] or subject[:NAME_LENGTH],
            bool(values & set(self.client.factors)),
            int(shown_at) if isinstance(shown_at, int | float) else 0,
        )

    def _key(self, header: Mapping[str, Any], now: datetime) -> Any:
        """The provider's key of that name; asked for anew, at most every ten seconds, where it is not known."""
        url = str(self._about(now)["jwks_uri"])
        found = _pick(self._asked(url, now).get("keys"), header.get("kid"))
        if found is None:
            held_at, _ = self._held[url]
            if now - held_at > ASKED_AGAIN_AFTER:
                found = _pick(self._asked(url, now, anew=True).get("keys"), header.get("kid"))
        if found is None:
            raise ValueError("a key that the provider does not have")
        return found

    def _about(self, now: datetime) -> dict[str, Any]:
        """What the provider says about itself, under its own name alone (ASVS 10.5.3); raises NoAnswer."""
        about = self._asked(self.client.issuer.rstrip("/") + WELL_KNOWN, now)
        if about.get("issuer") != self.client.issuer or not all(is_safe(str(about.get(name))) for name in NEEDED):
            raise NoAnswer("its description is another's, or leads to where nobody should go")
        return about

    def _asked(self, url: str, now: datetime, anew: bool = False) -> dict[str, Any]:
        with self._lock:  # of many who come at once one asks
            at, held = self._held.get(url, (None, None))
            if at is not None and not anew and now - at < (KEPT_FOR if held else ASKED_AGAIN_AFTER):
                return _known(held)
            try:
                held = ask(url)
            except (NoAnswer, RefusedOutside):
                held = None
            self._held[url] = (now, held)
            return _known(held)


def _known(held: dict[str, Any] | None) -> dict[str, Any]:
    if held is None:
        raise NoAnswer("the provider did not answer a moment ago")
    return held


def _pick(keys: Any, name: Any) -> Any:
    """The one signing key of that name, or the only one where the token names none."""
    from joserfc.jwk import import_key

    held = [each for each in keys if isinstance(each, dict)] if isinstance(keys, list) else []
    pairs = [each for each in held if each.get("kty") in KEY_TYPES and each.get("use", "sig") == "sig"]
    found = [each for each in pairs if name is None or each.get("kid") == name]
    return import_key(found[0]) if len(found) == 1 else None
