"""Which names this installation answers to, and from which pages a form may come (ASVS 4.1.3, 3.5.1, 3.5.3).

A name that somebody else put into the request would go on into links of ours (a password link, a redirect), so
only names of the setting are answered. The proxy passes Host on as it came; of what it adds only the address of who
asks is read, by the server and for slowing down guesses.
"""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask_babel import gettext
from werkzeug.sansio.utils import host_is_trusted

from compassionate.config import Settings
from compassionate.extensions import WRITING
from compassionate.web.errors import page
from compassionate.web.headers import PATIENTS

log = logging.getLogger(__name__)
# Probes of a balancer ask by address; these pages write no address and know no person.
ANY_HOST = frozenset({"health.alive", "health.ready"})
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _settings() -> Settings:
    held: Settings = current_app.extensions["compassionate.settings"]
    return held


def scheme() -> str:
    """How people reach the application: the proxy before it ends TLS where the setting says so."""
    return "https" if _settings().behind_tls else "http"


def base_url() -> str:
    """The beginning of a whole address of ours, for links that leave in a mail or on paper."""
    return f"{scheme()}://{request.host}/"


def is_ours(url: str) -> bool:
    """Whether an address that a browser named (Origin, Referer) is of this application."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    port = DEFAULT_PORTS.get(parts.scheme, "")
    ours, theirs = request.host.lower().removesuffix(port), parts.netloc.lower().removesuffix(port)
    return bool(theirs) and theirs == ours and parts.scheme in (scheme(), "https")


def _is_answered() -> bool:
    # Werkzeug says whether the name is one at all; its own list knows no IPv6 and no capitals.
    name = re.sub(r":\d+$", "", request.host).lower()
    return host_is_trusted(request.host) and name in _settings().hosts


def refuse_foreign_names() -> Any:
    """Before every request: a name that is not of this installation is not answered."""
    if request.endpoint in ANY_HOST or _is_answered():
        return None
    log.warning("refused a request for a host that is not in COMPASSIONATE_HOSTS")
    return page(400, reason=gettext("Esta dirección no es de la instalación. Entre por la que le dio su centro."))


def refuse_foreign_pages() -> Any:
    """Before every request that writes: it was sent by a page of ours, as far as the browser tells."""
    if request.method not in WRITING:
        return None
    sent_from = request.headers.get("Origin", request.headers.get("Referer"))
    if request.blueprint == PATIENTS and sent_from == "null":
        sent_from = None  # what a browser says of a page whose address goes nowhere: the address itself is the proof
    if (sent_from is None or is_ours(sent_from)) and request.headers.get("Sec-Fetch-Site") != "cross-site":
        return None
    log.warning("refused a form of a page that is not ours")
    return page(400, reason=gettext("El formulario no venía de una página de esta instalación."))


def init_app(app: Flask) -> None:
    """Ask before everything else: before a session is read, a token checked or a row touched."""
    app.before_request(refuse_foreign_names)
    app.before_request(refuse_foreign_pages)
