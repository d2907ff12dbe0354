"""Where the page that cures a reason lives: one table for pages, command line and API alike.

Keys are what `Reason.cure` names; `{case}` is the case code, `{n}` the number of the request
(0 the first one, 1 and up its continuations). A test follows every one of them to a real page.
"""

from __future__ import annotations

CURES = {
    "case": "/expedientes/{case}",
    "patient": "/expedientes/{case}/paciente",
    "product": "/expedientes/{case}/medicamento",
    "eligibility": "/expedientes/{case}/requisitos",
    "criteria": "/expedientes/{case}/requisitos/criterios",
    "classification": "/expedientes/{case}/requisitos/clasificacion",
    "request": "/expedientes/{case}/solicitudes/{n}",
    "report": "/expedientes/{case}/solicitudes/{n}/informe",
    "posology": "/expedientes/{case}/solicitudes/{n}/pauta",
    "packs": "/expedientes/{case}/solicitudes/{n}/envases",
    "import": "/expedientes/{case}/solicitudes/{n}/envases",
    "review": "/expedientes/{case}/solicitudes/{n}/revisar",
    "sponsor": "/expedientes/{case}/promotor",
    "committee": "/expedientes/{case}/comision",
    "papers": "/expedientes/{case}/papeles",
    "documents": "/expedientes/{case}/documentos",
    "decision": "/expedientes/{case}/decision",
    "consent": "/expedientes/{case}/consentimientos",
    "supply": "/expedientes/{case}/suministro",
    "cells": "/expedientes/{case}/celulas",
    "treatment": "/expedientes/{case}/tratamiento",
    "continuations": "/expedientes/{case}/continuaciones",
    "follow_up": "/expedientes/{case}/seguimiento",
    "deadlines": "/expedientes/{case}/plazos",
    "reactions": "/expedientes/{case}/seguimiento",
    "pending": "/expedientes/{case}/que-falta",
    "transfer": "/expedientes/{case}/traslado",
    "hand_over": "/expedientes/{case}/relevo",
    "delegations": "/administracion/delegaciones",
    "centre": "/administracion/centros/{centre}",
    "accounts": "/administracion/cuentas",
}


def cure_url(cure: str, case: str, request_number: int = 0, centre: str = "") -> str:
    """The path of the page that cures a reason; empty where no page can."""
    template = CURES.get(cure, "")
    return template.format(case=case, n=request_number, centre=centre)


def step_url(case: str, action: str) -> str:
    """The page on which a step of a case is taken (`action`: NAME or NAME@INSTANCE)."""
    return f"/expedientes/{case}/pasos/{action}"


def continuation_url(case: str, number: int) -> str:
    """The page on which a later request of a case is confirmed."""
    return f"/expedientes/{case}/solicitudes/{number}/continuacion"
