"""Loading the demonstration: refused where real cases are, all of it or nothing."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Reason, Refused
from compassionate.models import Centre
from compassionate.services.demo import cast, lore, plots, recalled, setting, year
from compassionate.services.demo.cohort import courses
from compassionate.services.demo.printing import Printer
from compassionate.services.demo.telling import Plot, Stage, Tale, last_office_time, tell
from compassionate.services.instance import holds_only_demo

FOUNDED = timedelta(days=600)
SEED = 1015
AGES = {lore.DISC: (24, 58), lore.KNEE: (38, 66), lore.HOME: (31, 72)}
Told = list[tuple[Tale, Plot]]


def refuse_beside_real_cases(session: Session) -> None:
    """Refuse to load where a case of a real person is, and where the demonstration is already; raises Refused."""
    if not holds_only_demo(session):
        raise Refused((Reason("demo.real_cases", "RD 1015/2009 art. 6", "administrator"),))
    if session.scalar(select(Centre.id).where(Centre.code.in_(("HGA", "HGB"))).limit(1)):
        raise Refused((Reason("demo.already_there", "", "administrator"),))


def load(session: Session, hash_password: cast.HASH, printer: Printer, now: datetime) -> list[cast.Player]:
    """Make both hospitals and live their last eighteen months; returns the people with their passwords.

    The caller commits. Raises Refused where real cases are.
    """
    refuse_beside_real_cases(session)
    founded = now - FOUNDED
    since = founded.date()
    first, second = setting.found_hospitals(session, founded)
    people = cast.hire(session, first, cast.FIRST, hash_password, since, founded)
    others = cast.hire(session, second, cast.SECOND, hash_password, since, founded)
    actors = cast.actors(people, now.date())
    setting.settle(session, actors["administrator"], first, founded)
    setting.enter_local_days(session, actors["administrator"], founded)
    products = setting.add_products(session, actors["pharmacist"], founded)
    stages = [
        _stage(session, centre, held, products, printer, now.date())
        for centre, held in ((first, people), (second, others))
    ]
    told_until = last_office_time(now)
    tell(_told(stages[0], stages[1], told_until), told_until)
    recalled.recall(stages[0], told_until)
    session.flush()
    return [*people.values(), *others.values()]


def _stage(
    session: Session, centre: Centre, players: dict[str, cast.Player], products: Any, printer: Printer, today: date
) -> Stage:
    accounts = {role: player.account for role, player in players.items()}
    return Stage(session, centre, cast.actors(players, today), accounts, products, printer)


def _told(first: Stage, second: Stage, now: datetime) -> Told:
    random = Random(SEED)  # noqa: S311 - invented people, not secrets
    told = [_tale(first, product, now, days, random, number) for number, (product, days, _) in enumerate(plots.FIRST)]
    others = [
        _tale(second, product, now, days, random, 100 + number)
        for number, (product, days, _) in enumerate(plots.SECOND)
    ]
    ten = [_tale(first, lore.DISC, now, days, random, 200 + number) for number, (days, _) in enumerate(year.COHORT)]
    acts = [plot for _, _, plot in (*plots.FIRST, *plots.SECOND)]
    acts += [year.cohort_plot(course, ending) for course, (_, ending) in zip(courses(), year.COHORT, strict=True)]
    return list(zip([*told, *others, *ten], acts, strict=True))


def _tale(stage: Stage, product: str, now: datetime, days: int, random: Random, number: int) -> Tale:
    start = (now - timedelta(days=days)).replace(hour=6 + number % 6, minute=(number * 7) % 60, second=0, microsecond=0)
    tale = Tale(stage, stage.products[product], lore.patient(random, number + 1, *AGES[product]), start)
    tale.lore = dict(lore.TOLD[product](random))
    return tale


def write_accounts(path: Path, players: list[cast.Player]) -> None:
    """The accounts with their passwords, readable by the owner of the installation alone."""
    rows = [
        {
            "username": player.part.username,
            "password": player.password,
            "roles": [player.part.role.value],
            "centre": player.centre,
        }
        for player in players
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump(rows, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
