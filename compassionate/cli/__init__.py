"""The command line: nouns, then verbs, over the same services as the pages."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

# One module a noun; each has a click group or command `group`.
NOUNS = (
    "instance",
    "centres",
    "users",
    "cases",
    "workflow",
    "documents",
    "papers",
    "consents",
    "visits",
    "cells",
    "instruments",
    "outcomes",
    "programmes",
    "audit",
    "deadlines",
    "outbox",
    "jobs",
    "check",
    "keys",
    "seal",
    "backup",
    "retention",
    "exports",
    "imports",
    "demo",
)


def register_commands(app: Flask) -> None:
    """Give `flask` every noun."""
    for noun in NOUNS:
        try:
            module = import_module(f"compassionate.cli.{noun}")
        except ModuleNotFoundError as error:
            if error.name != f"compassionate.cli.{noun}":
                raise
            continue
        app.cli.add_command(module.group)
