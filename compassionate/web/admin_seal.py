"""The seal of the installation: with which certificate, until when, what it proves, and the certificate itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.documents.certificates import Described
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.services import seals
from compassionate.web.access import roles
from compassionate.web.downloads import attachment
from compassionate.web.limits import DOWNLOADS, costly
from compassionate.web.templating import ago, day, exact, say
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

blueprint = Blueprint("admin_seal", __name__)
BASE = "/administracion/sello"
PEM = "application/x-pem-file"


@blueprint.get(BASE)
@roles(*READERS, Role.ADMINISTRATOR)
def index() -> Any:
    """The certificate that seals, what it proves, and those that sealed before it."""
    held, warned = seals.in_use(db(), clock.now()), warning()
    mark = held.about.fingerprint if held else ""
    known = [(row, about) for row, about in seals.known(db()) if row.fingerprint != mark]
    return render_template(
        "admin/seal.html",
        held=held,
        facts=_facts(held.about) if held else [],
        is_kept=held is not None and seals.certificate_of(db(), mark) is not None,
        warned=warned,
        earlier=[_earlier(row.fingerprint, about, row.made_at) for row, about in known],
    )


def warning() -> str:
    """What is said of a certificate that is near or past its end; empty where nothing is."""
    found = seals.warning(db(), clock.now())
    return say(f"seal_warning.{found[0]}", day=day(found[1].date())) if found else ""


def _facts(about: Described) -> list[dict[str, Any]]:
    issuer = gettext("Él mismo") if about.is_self_made else about.issuer
    return [
        {"key": gettext("Titular"), "value": about.subject},
        {"key": gettext("Quién lo expide"), "value": issuer},
        {"key": gettext("Vale desde"), "value": day(about.begins_at.date())},
        {"key": gettext("Vale hasta"), "value": day(about.ends_at.date())},
        {"key": gettext("Huella SHA-256"), "value": parted(about.fingerprint)},
        {"key": gettext("Número de serie"), "value": about.serial},
    ]


def parted(digest: str) -> str:
    """A fingerprint in groups that people compare and that fit a telephone."""
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4)).upper()


def _earlier(mark: str, about: Described, first_used: Any) -> list[Any]:
    href = url_for("admin_seal.certificate", fingerprint=mark)
    used = {"text": ago(first_used), "exact": exact(first_used)}
    return [{"text": about.subject, "href": href, "sub": mark[:12] + "…"}, used, day(about.ends_at.date())]


@blueprint.get(f"{BASE}/<fingerprint>.pem")
@roles(*READERS, Role.ADMINISTRATOR)
@costly(**DOWNLOADS)
def certificate(fingerprint: str) -> Any:
    """A certificate that sealed something here, to be given to whoever checks documents."""
    row = seals.certificate_of(db(), fingerprint)
    if row is None:
        raise NotFound
    return attachment(row.certificate.encode(), PEM, f"sello-{fingerprint[:12]}.pem")
