"""Administrative forms: what was posted, as services read it, and the form as its page draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import request

from compassionate.services.given import fingerprint
from compassionate.web.access import roles
from compassionate.web.filling import Failure, Filled, fill
from compassionate.web.templating import say
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

# Whoever works at a centre may read how it is kept; who may change it is asked of the services.
staff = roles(*READERS, Role.ADMINISTRATOR)
Options = list[tuple[str, str]]


def posted() -> dict[str, Any]:
    """The form as it came: text, or a list where a name came several times."""
    return {name: values if len(values) > 1 else values[0] for name, values in request.form.lists()}


def drawn(stored: Mapping[str, Any], failure: Failure | None = None, words: Mapping[str, str] | None = None) -> Filled:
    """The form of a row: its version tells what was stored when it was drawn. `words` say stored codes."""
    return replace(fill(stored, failure=failure, words=words), version=fingerprint(stored))


def options(prefix: str, codes: Any) -> Options:
    """Codes with their words, for a select or radios."""
    return [(code, say(f"{prefix}.{code}")) for code in codes]
