"""A small identity provider on this machine, for tests: it keeps to the standard, or lies where it is told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from compassionate import clock

CLIENT_ID, SECRET = "compassionate", "a secret of the tests: ñ"


@cache
def key(name: str) -> RSAKey:
    """A pair of keys; made once, for making one takes a moment."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@dataclass
class Provider:
    """What it says and what it does; each field can be made wrong."""

    issuer: str = ""
    subject: str = "subject-1"
    about: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    signs: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
        {"alg": "RS256", "kid": "one"}, claims, key("one")
    )
    keys: tuple[str, ...] = ("one",)
    names_itself: str | None = None
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    trips: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any], str]:
        """The answer to a GET: status, body, and where it redirects to."""
        if path == "/.well-known/openid-configuration":
            return 200, self.description(), ""
        if path == "/keys":
            return 200, {"keys": [key(name).as_dict(private=False) for name in self.keys]}, ""
        if path == "/authorize":
            return 302, {}, self.authorize(query)
        return 404, {}, ""

    def description(self) -> dict[str, Any]:
        """Its metadata."""
        ends = {name: f"{self.issuer}/{path}" for name, path in ENDS.items()}
        return {"issuer": self.issuer, "authorization_response_iss_parameter_supported": True, **ends, **self.about}

    def authorize(self, query: dict[str, str]) -> str:
        """The person shows who they are (nobody is asked here), and goes back with a code."""
        code = secrets.token_urlsafe(16)
        self.trips[code] = query
        back = {"code": code, "state": query["state"], "iss": self.names_itself or self.issuer}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any], str]:
        """A code is good once, with its verifier, for the client that it was given to."""
        trip = self.trips.pop(form.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        verifier = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(
            b"="
        )
        is_right = (
            trip is not None
            and trip["code_challenge"] == verifier.decode()
            and trip["redirect_uri"] == form.get("redirect_uri")
            and pair == f"{CLIENT_ID}:a%20secret%20of%20the%20tests%3A%20%C3%B1"
        )
        if trip is None or not is_right:
            return 400, {"error": "invalid_grant"}, ""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": self.subject, "nonce": trip["nonce"], "name": "Ana Hospital",
            "iat": now, "exp": now + 300,
        }  # fmt: skip
        claims |= {"auth_time": now} if "max_age" in trip else {}
        held = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return 200, {"access_token": "none", "token_type": "Bearer", "id_token": self.signs(held)}, ""


ENDS = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}


def unsigned(claims: dict[str, Any]) -> str:
    """A token that nobody signed."""
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def with_public_key(claims: dict[str, Any]) -> str:
    """A token signed with what everybody knows, as if it were a shared secret."""
    text = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"  # no library of ours would sign like this
    mark = hmac.digest(key("one").as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def with_strange_key(claims: dict[str, Any]) -> str:
    """A token signed with a key of somebody else's, by the name of the provider's own."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key("two"))


def with_key_of_its_own(claims: dict[str, Any]) -> str:
    """A token that brings the key with which it is to be believed."""
    own = ECKey.generate_key("P-256")  # a short one: joserfc refuses a header over 512 bytes by itself
    return jwt.encode({"alg": "ES256", "kid": "one", "jwk": own.as_dict(private=False)}, claims, own)


def _part(held: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(held).encode()).rstrip(b"=").decode()


@contextmanager
def serving(provider: Provider) -> Iterator[None]:
    """The provider at an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(*provider.get(parts.path, {name: held[0] for name, held in parse_qs(parts.query).items()}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: held[0] for name, held in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, held: dict[str, Any], location: str) -> None:
            provider.asked.append(urlsplit(self.path).path)
            body = json.dumps(held).encode()
            self.send_response(500 if provider.is_down else status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
