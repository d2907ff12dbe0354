"""What a delivery cost: written on a page of its own beside the supply, whenever price and invoice come."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case, SupplyCharge
from compassionate.services import charges
from compassionate.services.charges import Delivery
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, seen
from compassionate.web.framing import frame, load_case
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, say

blueprint = Blueprint("deliveries", __name__)
ADDRESS = "/expedientes/<code>/suministro/entregas/<entry_id>"
LABELS = ("terms", "price", "currency", "delivery_note", "invoice")


@blueprint.get(ADDRESS)
@readers
def show(code: str, entry_id: str) -> Any:
    """What is known of the cost of a delivery, and the form for the rest."""
    return _page(load_case(code), entry_id)


@blueprint.post(ADDRESS)
@readers
def record(code: str, entry_id: str) -> Any:
    """Write it down, or correct it: the earlier values stay on record."""
    case, given = load_case(code), request.form.to_dict()
    failure = attempt(lambda: charges.record_charge(db(), actor(), case, entry_id, given, clock.now(), seen()))
    if failure:
        return _page(load_case(code), entry_id, failure), failure.status
    flash(say("done.record_charge"), "success")
    return redirect(url_for("supply.index", code=code), 303)


def _page(case: Case, entry_id: str, failure: Failure | None = None) -> str:
    delivery = charges.delivery_of(db(), case, entry_id)
    stored = charges.values_of(case, delivery)
    words = stored | {"terms": say(f"supply_terms.{stored['terms']}")}
    return render_template(
        "supply/delivery.html",
        filled=fill(
            stored,
            case=case,
            edit=charges.EDIT,
            instance=charges.instance_of(delivery),
            failure=failure,
            words=words,
            labels={name: say(f"supply_charge.{name}") for name in LABELS},
        ),
        held=[{"key": key, "value": value} for key, value in _known(case, delivery)],
        written=described(delivery.charge) if delivery.charge else "",
        terms=[(code, say(f"supply_terms.{code}")) for code in charges.TERMS],
        currencies=[(each, each) for each in charges.CURRENCIES],
        may_record=may(case, charges.SECTION),
        who=who_may(case, charges.SECTION),
        recovered=recovered_at(),
        **frame(case),
    )


def _known(case: Case, delivery: Delivery) -> list[tuple[str, str]]:
    entry = delivery.entry
    line = next(row for row in case.lines if row.number == entry.line_number)
    return [
        (gettext("Presentación"), line_words(line)),
        (gettext("Recibida el"), day(entry.on)),
        (gettext("Envases"), str(entry.packs or 0)),
        (gettext("Lote"), entry.batch),
    ]


def described(charge: SupplyCharge) -> str:
    """A charge on one line: free, or the price of a pack; and on which papers."""
    price = gettext("precio desconocido") if charge.price_cents is None else money(charge.price_cents, charge.currency)
    cost = say(f"supply_terms.{charge.terms}")
    parts = [cost if charge.terms == charges.FREE else gettext("%(price)s por envase", price=price)]
    parts += [gettext("albarán %(number)s", number=charge.delivery_note)] if charge.delivery_note else []
    parts += [gettext("factura %(number)s", number=charge.invoice)] if charge.invoice else []
    return " · ".join(parts)


def money(cents: int, currency: str = "EUR") -> str:
    """An amount as Spain writes it: 1.234,50 €."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", ".") + f",{rest:02d} " + {"EUR": "€"}.get(currency, currency)
