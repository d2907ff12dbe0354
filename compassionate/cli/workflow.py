"""`flask workflow`: the published tables, for scripts and as pages of docs/."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, columns, wrong
from compassionate.config import ROOT
from compassionate.workflow import engine, publish

group = AppGroup("workflow", help="Las tablas del procedimiento.")


@group.command("table")
@click.option("--pathway", metavar="VÍA")
@click.option("--version", metavar="VERSIÓN")
@as_json
@answers_errors
def table(pathway: str | None, version: str | None, as_json: bool) -> None:
    """Escribe las tablas publicadas: estados, pasos, quién los da y con qué condiciones."""
    held = [each for each in engine.pathways() if pathway in (None, each.id) and version in (None, each.version)]
    if not held:
        wrong(f"No hay ninguna vía publicada «{pathway or ''} {version or ''}».")
    document = {"pathways": [publish.table_json(each) for each in held]}
    answer(document, _said(document), as_json)


def _said(document: dict[str, Any]) -> list[str]:
    lines = []
    for pathway in document["pathways"]:
        rows = [
            row | {"roles": ", ".join(row["roles"]), "way": f"{', '.join(row['sources'])} → {row['target']}"}
            for row in pathway["transitions"]
        ]
        lines += [f"{pathway['id']} {pathway['version']}", *columns(rows, ("region", "name", "way", "roles"))]
    return lines


@group.command("publish")
@click.option("--check", is_flag=True, help="No escribe: sale con 1 si alguna página está atrasada.")
@as_json
@answers_errors
def publish_pages(check: bool, as_json: bool) -> None:
    """Escribe docs/workflow.md y docs/permissions.md."""
    pages = publish.pages()
    stale = [name for name, text in pages.items() if not _says(name, text)]
    if not check:
        for name in stale:
            (ROOT / name).write_text(pages[name], encoding="utf-8")
    document = {"pages": list(pages), "stale": stale if check else [], "written": [] if check else stale}
    words = "Atrasada" if check else "Escrita"
    answer(document, [f"{words}: {name}" for name in stale] or ["Todas las páginas están al día."], as_json)
    if check and stale:
        raise click.exceptions.Exit(REFUSED)


def _says(name: str, text: str) -> bool:
    path = ROOT / name
    return path.exists() and path.read_text(encoding="utf-8") == text
