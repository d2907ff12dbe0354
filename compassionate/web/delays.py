"""Where a hospital's time goes: days by step, by whom was waited on and by stage, as charts, tables and a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, render_template, request

from compassionate import clock
from compassionate.clock import months_after
from compassionate.exports import csv_files
from compassionate.extensions import db
from compassionate.services import duration_choices, durations
from compassionate.services.duration_choices import Choices
from compassionate.services.durations import FEW, KINDS, OWNER, STAGE, STEP, Durations, Filters
from compassionate.statistics.stages import OPENED_FILED
from compassionate.web import duration_file, duration_tables, reading
from compassionate.web.access import actor, roles
from compassionate.web.downloads import attachment
from compassionate.web.due import today
from compassionate.web.duration_words import month_said, name_said
from compassionate.web.limits import EXPORTS, costly
from compassionate.web.templating import say

blueprint = Blueprint("delays", __name__)
USUAL, MOST = 12, 120  # months
UNNAMED = "-"  # in an address: the cases of physicians without a service


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; whatever it names that is not there is left out."""

    from_on: date
    last: date
    centre: str
    product: str
    service: str
    of: str

    def filters(self, known: Choices) -> Filters:
        """The same for the service."""
        centres = tuple(id_ for id_, (code, _) in known.centres.items() if code == self.centre)
        product = next((id_ for id_, (code, _) in known.products.items() if code == self.product), None)
        return Filters(self.from_on, months_after(self.last, 1), centres, product, self.service or None)

    @property
    def address(self) -> dict[str, str]:
        """The same as parts of an address."""
        months = {"from": f"{self.from_on:%Y-%m}", "until": f"{self.last:%Y-%m}"}
        named = {"centre": self.centre, "product": self.product, "service": self.service, "of": self.of}
        return months | {name: value for name, value in named.items() if value}


@blueprint.get("/demoras")
@roles(*durations.READ_BY)
def index() -> Any:
    """The stages, steps and owners of a period, and one of them by month, medicine and service."""
    known = duration_choices.choices(db(), actor())
    wanted = _asked(request.args)
    held = durations.durations(db(), actor(), wanted.filters(known), clock.now())
    kind, name = _measure(wanted.of, held)
    if held.cases_set_aside:
        reading.lists(*held.cases_set_aside)
    return render_template(
        "cases/delays.html",
        wanted=wanted,
        parts=duration_tables.parts(held),
        sides=duration_tables.sides(held.owner_days),
        chosen=f"{kind}.{name}",
        chosen_said=name_said(kind, name),
        grouped=duration_tables.grouped(held, kind, name, known.products),
        set_aside=held.cases_set_aside,
        few=FEW,
        period=[month_said(wanted.from_on), month_said(wanted.last)],
        **_choices(known, held, wanted),
    )


@blueprint.get("/demoras.csv")
@roles(*durations.READ_BY)
@costly(**EXPORTS)
def as_csv() -> Any:
    """Everything that the page can show of the same period, as a file; `share=1`: nothing of few cases."""
    known, wanted = duration_choices.choices(db(), actor()), _asked(request.args)
    held = durations.durations(db(), actor(), wanted.filters(known), clock.now())
    to_share = request.args.get("share") == "1"
    rows = duration_file.rows(held, known.products, to_share)
    reading.hands_out("delays", months=_period(wanted), rows=len(rows), shared=to_share)
    return attachment(csv_files.write(duration_file.head(), rows, for_people=True), "text/csv", "demoras.csv")


def _period(wanted: Asked) -> str:
    return f"{wanted.from_on:%Y-%m}/{wanted.last:%Y-%m}"


def _asked(given: Mapping[str, str]) -> Asked:
    this = today().replace(day=1)
    oldest = months_after(this, 1 - MOST)
    last = max(min(_month(given.get("until", ""), this), this), oldest)
    first = min(max(_month(given.get("from", ""), months_after(last, 1 - USUAL)), oldest), last)
    centre, product, service, of = (given.get(name, "")[:100] for name in ("centre", "product", "service", "of"))
    return Asked(first, last, centre, product, service, of)


def _month(text: str, otherwise: date) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return otherwise


def _measure(of: str, held: Durations) -> tuple[str, str]:
    """What is shown by month, medicine and service: a step, an owner or a stage that there are figures of."""
    kind, _, name = of.partition(".")
    found = kind in KINDS and name in duration_tables.of_kind(held, kind)[0]
    return (kind, name) if found else (STAGE, OPENED_FILED)


def _choices(known: Choices, held: Durations, wanted: Asked) -> dict[str, Any]:
    """What the forms of the page offer."""
    this = today().replace(day=1)
    first = min(max(known.first or this, months_after(this, 1 - MOST)), wanted.from_on)  # what is shown can be chosen
    span = (this.year - first.year) * 12 + this.month - first.month
    months = [months_after(this, -number) for number in range(max(span, USUAL) + 1)]
    names = {kind: duration_tables.of_kind(held, kind)[0] for kind in (STAGE, STEP, OWNER)}
    return {
        "months": [(f"{each:%Y-%m}", month_said(each)) for each in months],
        "centres": list(known.centres.values()),
        "products": list(known.products.values()),
        "services": [(each, each) for each in known.services] + [(UNNAMED, say("duration.no_service"))],
        "measures": [
            (f"{kind}.{name}", f"{say(f'duration_kind.{kind}')}: {name_said(kind, name)}")
            for kind, found in names.items()
            for name in duration_tables.in_order(kind, found, held.owner_days)
        ],
    }
