"""One question to a service outside, asked so that its answer cannot hurt: no redirect, little time, few bytes.

Python's own client is enough for the four requests that a log-in makes; https alone, but for this very machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

PATIENCE = 5.0
LARGEST = 256 * 1024
LARGEST_LIST = 8 * 1024 * 1024
SERVER_FAULT = 500
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class NoAnswer(Exception):
    """The service did not answer, or answered nothing that can be read."""


class RefusedOutside(Exception):
    """The service answered that it will not."""


def is_safe(url: str) -> bool:
    """Whether an address may be asked: https without a password in it, or http on this machine (tests, a proxy)."""
    try:
        parts = urlsplit(url)
        has_place = bool(parts.hostname) and parts.username is None and not parts.fragment
    except ValueError:
        return False
    return has_place and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in THIS_MACHINE))


def post(url: str, body: bytes, kind: str, wanted: str) -> bytes:
    """What a service answers to these bytes, of the kind that is wanted; raises NoAnswer.

    Plain http will do here: for questions that hold no secret, and answers that are signed.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise NoAnswer(f"not an address to ask: {urlsplit(url).scheme}")
    request = Request(url, body, {"Content-Type": kind, "Accept": wanted})  # noqa: S310 - looked at above
    try:
        with _opener(url).open(request, timeout=PATIENCE) as answer:
            text = bytes(answer.read(LARGEST + 1))
            named = answer.headers.get_content_type()
    except (OSError, HTTPException, ValueError) as error:  # HTTPError is an OSError
        raise NoAnswer(type(error).__name__) from error
    if len(text) > LARGEST or named != wanted:
        raise NoAnswer(f"answered {named}")
    return text


def get(url: str) -> bytes:
    """The bytes at an address, for what is signed whoever hands it out (revoked certificates); raises NoAnswer."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise NoAnswer(f"not an address to ask: {urlsplit(url).scheme}")
    try:
        with _opener(url).open(Request(url), timeout=PATIENCE) as answer:  # noqa: S310 - looked at above
            text = bytes(answer.read(LARGEST_LIST + 1))
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
    if len(text) > LARGEST_LIST:
        raise NoAnswer("too long")
    return text


def ask(url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at an address, got or, with a form, posted; raises NoAnswer, RefusedOutside."""
    if not is_safe(url):
        raise NoAnswer(f"not an address to ask: {urlsplit(url).scheme}")
    body = urlencode(form).encode() if form is not None else None
    request = Request(url, body, {"Accept": "application/json", **(headers or {})})  # noqa: S310 - is_safe() looked
    try:
        with _opener(url).open(request, timeout=PATIENCE) as answer:
            text = answer.read(LARGEST + 1)
    except HTTPError as error:
        error.close()
        if error.code >= SERVER_FAULT or error.code < 400:
            raise NoAnswer(f"answered {error.code}") from None
        raise RefusedOutside(f"answered {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
    return _object(text)


def _object(text: bytes) -> dict[str, Any]:
    try:
        held = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise NoAnswer("no JSON object of a sensible size")
    return held


def _opener(url: str) -> OpenerDirector:
    # Neither files nor redirects: each handler is named. A hospital's own way out is said by HTTPS_PROXY.
    opener = OpenerDirector()
    proxy = [] if urlsplit(url).hostname in THIS_MACHINE else [ProxyHandler()]
    for handler in (*proxy, HTTPHandler(), HTTPSHandler(), HTTPDefaultErrorHandler(), HTTPErrorProcessor()):
        opener.add_handler(handler)
    return opener
