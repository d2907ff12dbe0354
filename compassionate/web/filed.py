"""What a request was given by the agency's application, who typed and checked it, and what went in otherwise."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Account, Case
from compassionate.services.differences import differed
from compassionate.services.requests import the_request
from compassionate.web.templating import exact, say


def filed(session: Session, case: Case, number: int) -> dict[str, Any] | None:
    """The filing of a request in words; None while it was not filed."""
    request = the_request(case, number)
    if request.submitted_at is None:
        return None
    rows = [
        ("input.submitted_at", exact(request.submitted_at)),
        ("input.reference", request.reference),
        ("input.registry_number", request.registry_number),
        ("input.typed_by", _name(session, request.typed_by_id)),
        ("input.checked_by", _name(session, request.checked_by_id)),
        ("filed.written_by", _name(session, request.submitted_by_id)),
    ]
    return {
        "rows": [{"key": say(code), "value": value} for code, value in rows if value],
        "differences": [
            [each.label, each.prepared or say("filling.empty"), each.typed or say("filling.empty"), each.why]
            for each in differed(session, case, request)
        ],
    }


def _name(session: Session, account_id: str | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else ""
