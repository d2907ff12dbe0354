"""`flask outbox`: send what waits."""

from __future__ import annotations

import smtplib
from dataclasses import asdict

from flask import current_app
from flask.cli import AppGroup

from compassionate.cli.acting import now
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.extensions import foundation
from compassionate.services import notice_mails, outbox, telling

group = AppGroup("outbox", help="Los avisos pendientes.")


@group.command("send")
@as_json
@answers_errors
def send(as_json: bool) -> None:
    """Avisa a cada cual y envía el correo; sin servidor nada sale y se guarda. Se puede repetir sin miedo."""
    settings, held = current_app.extensions["compassionate.settings"], foundation()
    url = settings.smtp_url
    told = telling.tell(held.session, lambda: held.session(write=True), now())
    if url:
        notice_mails.hand_over(held.session, lambda: held.session(write=True), now(), settings.base_url)
    try:
        with outbox.post_office(url) as post:
            found = outbox.send(held.session, lambda: held.session(write=True), post, _sender(url), now())
    except smtplib.SMTPException as error:
        wrong(f"El servidor de correo no contesta como se esperaba: {error}")
    answer(asdict(found) | {"told": told}, [f"Avisos nuevos: {told}.", _said(found, bool(url))], as_json)


def _sender(url: str) -> str:
    return str(current_app.config.get("MAIL_SENDER") or "compassionate@localhost")


def _said(found: outbox.Sent, has_server: bool) -> str:
    if found.busy:
        return "Otro envío está en marcha."
    said = f"Enviados: {found.sent}. Fallidos: {found.failed}. Guardados: {found.kept}."
    return said if has_server else f"{said} Sin COMPASSIONATE_SMTP_URL nada sale."
