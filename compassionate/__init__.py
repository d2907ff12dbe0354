"""Compassionate use, one case at a time: the workflow engine of a Spanish hospital."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from compassionate.config import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The web application with its command line; raises SecretsMissing where it may not start."""
    from compassionate.application import make_application

    return make_application(settings)
