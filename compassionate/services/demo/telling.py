"""Cases told act by act in the order of time, all of them together, as a hospital lives them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from compassionate.models import Account, Case, Centre, Paper, Product
from compassionate.services import answers, cases, documents, papers, patients, requests, team, visits
from compassionate.services.actors import Actor
from compassionate.services.advance import advance
from compassionate.services.binding import REPORT
from compassionate.services.demo.leaflets import leaflet
from compassionate.services.demo.printing import Printer
from compassionate.services.proofs import SigningAct, of_demonstration
from compassionate.services.signed_steps import signed_act
from compassionate.services.visit_plan import first_given_on
from compassionate.services.visit_schedule import BASELINE

OPENS, CLOSES = 8, 15  # office hours
MADRID = ZoneInfo("Europe/Madrid")
Days = Iterator[float]


@dataclass
class Stage:
    """Where and by whom the cases of one centre are lived; `at` is shared by all that is told."""

    session: Session
    centre: Centre
    actors: dict[str, Actor]
    accounts: dict[str, Account]
    products: dict[str, Product]
    printer: Printer


@dataclass
class Tale:
    """One case: its patient, its product, and the day on which the telling stands."""

    stage: Stage
    product: Product
    patient: Mapping[str, str]
    start: datetime
    at: datetime = field(init=False)
    day: float = 0
    lore: dict[str, Any] = field(default_factory=dict)
    held: Case | None = None

    def __post_init__(self) -> None:
        self.at = self.start

    @property
    def case(self) -> Case:
        """The case, once it was opened."""
        assert self.held is not None
        return self.held

    @property
    def today(self) -> date:
        """The civil date of the telling."""
        return self.at.astimezone(MADRID).date()

    def after(self, days: float) -> float:
        """The day on which the tale goes on, so many after the present one."""
        self.day += days
        return self.day

    def now(self) -> datetime:
        """The instant of the next act, some minutes after the one before."""
        self.at += timedelta(minutes=4)
        return self.at

    def actor(self, role: str) -> Actor:
        """Who plays a role at this centre."""
        return self.stage.actors[role]

    def open(self, role: str, physician: bool = True) -> None:
        """Open the case for an invented patient."""
        session, centre, now = self.stage.session, self.stage.centre, self.now()
        identity = patients.read_identity(self.patient, self.today)
        patient = patients.register(session, centre, identity, now, is_demo=True)
        lines = tuple(line.position for line in self.product.lines)
        doctor = self.stage.accounts["physician"] if physician else None
        opening = cases.Opening(centre, patient, self.product, lines, doctor)
        self.held = cases.open_case(session, self.actor(role), opening, now, is_demo=True)

    def name_team(self, role: str = "pharmacist") -> None:
        """Name the responsible physician and pharmacist."""
        ids = [self.stage.accounts[name].id for name in ("physician", "pharmacist")]
        team.set_team(self.stage.session, self.actor(role), self.case, ids[0], ids[1], self.now())

    def step(self, role: str, action: str, **values: Any) -> None:
        """Take a step."""
        now = self.now()
        given: dict[str, Any] = {"on": str(self.today)}
        given |= {name: value if isinstance(value, list) else str(value) for name, value in values.items()}
        actor = self.actor(role)
        if act := signed_act(self.stage.session, self.case, action):
            actor = signer(self, role, act.meaning, act.number, act.subject)
        advance(self.stage.session, actor, self.case, action, given, now)

    def answer(self, role: str, form: str, given: Mapping[str, Any], subject: str = "") -> None:
        """Answer a questionnaire."""
        answers.save(self.stage.session, self.actor(role), self.case, form, dict(given), self.now(), subject=subject)

    def posology(self, given: Mapping[str, Any], number: int = 0) -> None:
        """State dose, schedule and duration."""
        requests.save_posology(self.stage.session, self.actor("physician"), self.case, number, given, self.now())

    def packs(self, role: str, given: Mapping[str, Any], number: int = 0) -> None:
        """Calculate the packs."""
        requests.save_packs(self.stage.session, self.actor(role), self.case, number, given, self.now())

    def sign(self, number: int = 0) -> None:
        """The physician signs the report."""
        who = signer(self, "physician", REPORT, number)
        answers.sign_report(self.stage.session, who, self.case, number, self.now())

    def paper(self, role: str, kind: str, title: str, *lines: str, number: int = 0) -> str:
        """A paper arrives; returns its id."""
        data = leaflet(title, [f"Expediente {self.case.code}", f"Fecha: {self.today:%d/%m/%Y}", "", *lines])
        upload = papers.Upload(f"{kind}.pdf", "application/pdf", data)
        session, now = self.stage.session, self.now()
        row: Paper = papers.upload(session, self.actor(role), self.case, kind, title, upload, now, number)
        return row.id

    def issue(self, role: str, kind: str, copy: str = "hospital", days: float = 3, number: int = 0) -> Days:
        """Have a document printed; it lies ready some days later."""
        session, actor = self.stage.session, self.actor(role)
        plan = documents.plan(session, actor, self.case, kind, copy, self.now(), number)
        promised = self.stage.printer.start(plan)
        yield self.after(days)
        documents.keep(session, actor, self.case, promised.result(), self.now())

    def visit(self, name: str, given: Mapping[str, Any], role: str = "physician") -> None:
        """A follow-up visit takes place."""
        session, now = self.stage.session, self.now()
        first_on = first_given_on(session, self.case) if name == BASELINE else None
        on = first_on or self.today  # a baseline that is written down late was made on the day of the dose
        visits.record_visit(session, self.actor(role), self.case, name, str(on), dict(given), now)


Plot = Callable[[Tale], Days]


def office_time(at: datetime) -> datetime:
    """The first instant from then on at which somebody works."""
    local = at.astimezone(MADRID)
    if local.hour >= CLOSES:
        local = local.replace(hour=OPENS) + timedelta(days=1)
    local = local.replace(hour=max(local.hour, OPENS))
    while local.weekday() >= 5:
        local += timedelta(days=1)
    return local.astimezone(at.tzinfo)


def last_office_time(at: datetime) -> datetime:
    """The end of the last day of work that is over: what fell on a weekend is lived on the Monday after, all of it."""
    local = at.astimezone(MADRID)
    if local.hour < CLOSES:
        local -= timedelta(days=1)
    local = local.replace(hour=CLOSES, minute=0)
    while local.weekday() >= 5:
        local = local.replace(hour=CLOSES, minute=0) - timedelta(days=1)
    return min(at, local.astimezone(at.tzinfo))


def tell(told: list[tuple[Tale, Plot]], until: datetime) -> None:
    """Live every tale through to its end, act after act in the order of time; nothing happens after `until`."""
    waiting = [(office_time(tale.start), number, tale, plot(tale)) for number, (tale, plot) in enumerate(told)]
    heapq.heapify(waiting)
    latest = waiting[0][0]
    while waiting:
        at, number, tale, acts = heapq.heappop(waiting)
        tale.at = max(at, latest)
        day = next(acts, None)
        latest = tale.at
        if latest > until:
            raise ValueError(f"tale {number} ends at {latest}, after {until}")
        if day is not None:
            heapq.heappush(waiting, (office_time(tale.start + timedelta(days=day)), number, tale, acts))


def signer(tale: Tale, role: str, meaning: str, number: int = 0, subject: str = "") -> Actor:
    """Who plays a role, about to sign; nobody showed anything, and the signature says that it is of a demonstration."""
    actor, act = tale.actor(role), SigningAct(meaning, tale.case.id, number, subject)
    return actor.with_proof(of_demonstration(actor.account_id, act, tale.at))
