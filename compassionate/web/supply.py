"""The supply of a case: each line's account, its batches, every movement, and the steps that move it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Account, Case, SupplyEntry
from compassionate.services import charges, ledger
from compassionate.services.advance import Possible
from compassionate.services.facts import region_of, today_at
from compassionate.web.access import readers
from compassionate.web.deliveries import described
from compassionate.web.editing import may
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import line_words, state_tone, state_words
from compassionate.web.templating import day, say
from compassionate.workflow.table import NONE

blueprint = Blueprint("supply", __name__)
STEPS = (
    "order_supply",
    "promise_supply",
    "receive_supply",
    "release_supply",
    "reject_supply",
    "return_supply",
    "destroy_supply",
    "close_supply",
)
MAIN = {
    "none": "order_supply",
    "ordered": "receive_supply",
    "promised": "receive_supply",
    "in_quarantine": "release_supply",
    "rejected": "return_supply",
    "exhausted": "order_supply",
}
BATCH_TONES = {"in_quarantine": "wait", "released": "good", "rejected": "stop", "recalled": "stop"}


@blueprint.get("/expedientes/<code>/suministro")
@readers
def index(code: str) -> Any:
    """Granted, ordered, received, dispensed and left, line by line."""
    case = load_case(code)
    entries = ledger.entries_of(db(), case)
    accounts = ledger.accounts(case, entries, ledger.granted(db(), case))
    arrived = charges.deliveries(db(), case)
    return render_template(
        "supply/index.html",
        **frame(case),
        lines=[_line(case, account, entries) | _costs(case, account.number, arrived) for account in accounts],
        unaccounted=sum(account.left for account in accounts),
    )


def _line(case: Case, account: ledger.LineAccount, entries: list[SupplyEntry]) -> dict[str, Any]:
    line = next(row for row in case.lines if row.number == account.number)
    instance, mine = f"line-{account.number}", [row for row in entries if row.line_number == account.number]
    region = region_of(case, "supply", instance)
    state = region.state if region else NONE
    main, batches = MAIN.get(state, ""), ledger.batches(mine)
    useful = [step for step in steps_of(case) if _is_useful(step, account, batches)]
    steps = offers(case, useful, sorted(STEPS, key=lambda name: name != main), instance)
    return {
        "number": account.number,
        "name": line_words(line),
        "unit": line.product_line.unit,
        "units_per_pack": account.units_per_pack,
        "terms": gettext("Sin cargo") if line.product_line.is_free else gettext("Con cargo"),
        "state": state_words("supply", state),
        "tone": state_tone(case, "supply", state),
        "account": account,
        "batches": [_batch(case, batch) for batch in batches],
        "is_exhausted": bool(account.packs_granted)
        and not ledger.packs_to_order(account, batches)
        and not account.left,
        "movements": [_movement(row) for row in reversed(mine)],
        "steps": steps,
        "has_main": any(step["name"] == main for step in steps["ready"]),
    }


def _costs(case: Case, line: int, arrived: list[charges.Delivery]) -> dict[str, Any]:
    """The deliveries of a line with what each cost, and how many whose cost nobody knows yet."""
    mine = [each for each in arrived if each.entry.line_number == line]
    may_record = may(case, charges.SECTION)
    return {
        "deliveries": [_delivery(case, each, may_record) for each in reversed(mine)],
        "unpriced": sum(each.cents is None for each in mine),
    }


def _delivery(case: Case, delivery: charges.Delivery, may_record: bool) -> list[Any]:
    entry, held = delivery.entry, delivery.charge
    href = url_for("deliveries.show", code=case.code, entry_id=entry.id)
    act = (gettext("Cambiar") if held else gettext("Anotar el coste")) if may_record else gettext("Ver")
    link = {"text": act, "href": href, "hidden": f"{day(entry.on)}, {entry.batch}"}
    return [day(entry.on), entry.batch, entry.packs or "", described(held) if held else gettext("Sin registrar"), link]


def _is_useful(step: Possible, account: ledger.LineAccount, batches: Sequence[ledger.Batch]) -> bool:
    """Whether there is anything that the step could move."""
    if step.name == "order_supply":
        return not account.packs_granted or ledger.packs_to_order(account, batches) > 0
    return not step.waits_for_something_to_move


def _batch(case: Case, batch: ledger.Batch) -> dict[str, Any]:
    expired = batch.expires_on < today_at(case, clock.now())
    return {
        "batch": batch.batch,
        "expires_on": day(batch.expires_on),
        "status": gettext("Caducado") if expired else say(f"batch_status.{batch.status}"),
        "tone": "stop" if expired else BATCH_TONES[batch.status],
        "received": batch.received,
        "given": batch.out["dispensed"] + batch.out["administered"],
        "back": batch.out["returned"] + batch.out["destroyed"],
        "left": batch.left,
        "recall": url_for("recalls.show", recall=batch.recall) if batch.recall else "",
    }


def _movement(row: SupplyEntry) -> dict[str, Any]:
    account = db().get(Account, row.by_id)
    return {
        "on": day(row.on),
        "kind": say(f"supply_kind.{row.kind}"),
        "packs": row.packs if row.packs is not None else "",
        "units": row.units,
        "batch": row.batch,
        "note": " · ".join(
            part
            for part in (
                row.reference,
                gettext("entrega prevista %(on)s", on=day(row.expected_on)) if row.expected_on else "",
            )
            if part
        ),
        "by": account.name if account else "",
    }
