"""Addresses that came from outside, made safe to go to; and the page on which a form that was sent is drawn."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

HOME = "/"


def local_path(url: str | None) -> str:
    """The address where it is a path of this application; empty for any other (ASVS 3.7.2: no open redirect)."""
    if not url or not url.startswith("/") or url[1:2] in ("/", "\\"):
        return ""
    if any(character <= " " or character in "\\\x7f" for character in url):
        return ""
    parts = urlsplit(url)
    return "" if parts.scheme or parts.netloc else url


def after_log_in(url: str | None) -> str:
    """Where somebody goes who just logged in: where they were going, or home."""
    path = local_path(url)
    return HOME if not path or urlsplit(path).path in ("/login", "/logout") else path


def is_drawn(path: str) -> bool:
    """Whether a page can be opened at this path, not only sent to."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True


def form_page() -> str:
    """The path of the page that drew the form which was sent: its own address, or the page that it came from."""
    if is_drawn(request.path):
        return request.path
    before = urlsplit(request.referrer or "")
    path = local_path(before.path) if before.netloc == request.host else ""
    return path if path and is_drawn(path) else HOME
