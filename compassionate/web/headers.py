"""Headers that go on every response, errors and downloads included (ASVS 3.4, 14.3)."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


PATIENTS = "patient_pages"  # their address is a secret: it goes on to no other page, and into no index
ON_PATIENT_PAGES = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}


def on_every_answer(behind_tls: bool) -> dict[str, str]:
    """What a browser is told with every answer, those included that never reach the application."""
    told = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return told | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if behind_tls else {})


def add_headers(response: Response) -> Response:
    """Add what a browser must be told; pages of people are never kept by it."""
    response.headers.update(on_every_answer(current_app.config["SESSION_COOKIE_SECURE"]))
    if request.blueprint == PATIENTS:
        response.headers.update(ON_PATIENT_PAGES)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=3600"
    else:
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    return response


def init_app(app: Flask) -> None:
    """Register the headers."""
    app.after_request(add_headers)
