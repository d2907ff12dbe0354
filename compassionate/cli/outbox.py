"""`flask outbox`: send what waits."""

from __future__ import annotations

import smtplib
from dataclasses import asdict

from flask import current_app
from flask.cli import AppGroup

from compassionate.cli.acting import now, writing
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.extensions import foundation
from compassionate.services import notice_mails, outbox, schedule, telling
from compassionate.services.mail_server import post_office

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
    with writing() as session:  # before the mail server, whose silence is told of otherwise
        schedule.note(session, schedule.OUTBOX, now())
    try:
        with post_office(url) as post:
            found = outbox.send(held.session, lambda: held.session(write=True), post, settings.mail_from, now())
    except (smtplib.SMTPException, ValueError) as error:  # of an address that is none, a ValueError
        wrong(f"El servidor de correo no contesta como se esperaba: {error}")
    answer(asdict(found) | {"told": told}, [f"Avisos nuevos: {told}.", _said(found, bool(url)), *_refused()], as_json)


def _refused() -> list[str]:
    with foundation().session() as session:
        return [f"El servidor de correo no admite la dirección {each}." for each in outbox.refused(session)]


def _said(found: outbox.Sent, has_server: bool) -> str:
    if found.busy:
        return "Otro envío está en marcha."
    said = f"Enviados: {found.sent}. Fallidos: {found.failed}. Rechazados: {found.refused}. Guardados: {found.kept}."
    return said if has_server else f"{said} Sin COMPASSIONATE_SMTP_URL nada sale."
