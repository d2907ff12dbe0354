# ruff: noqa: DTZ001 - carriers print clocks without a zone
"""Codes and containers for tests: any that may exist, none that does."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import settings
from hypothesis import strategies as st

from compassionate.cells import sec
from compassionate.cells.custody import Expected

few = settings(max_examples=40, deadline=None)
TODAY = date(2026, 11, 23)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALNUM = LETTERS + "0123456789"


def texts(alphabet: str, length: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=length, max_size=length)


days = st.dates(date(2001, 1, 1), date(2099, 12, 31))
donations = st.builds(sec.Donation, texts(LETTERS, 2), texts(ALNUM, 6), texts(ALNUM, 13))
products = st.builds(
    sec.Product, st.sampled_from(sec.SYSTEMS), texts(ALNUM, 7), texts(ALNUM, 3), st.one_of(st.none(), days)
)
codes = st.builds(sec.SingleEuropeanCode, donations, st.one_of(st.none(), products))
container_codes = st.from_regex(r"[A-Z]{3}-[0-9]{2}-[0-9]{4}-[A-Z][0-9]", fullmatch=True)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)).map(
    lambda each: each.replace(microsecond=0)
)
containers = st.builds(
    Expected,
    container=container_codes,
    patient=container_codes,
    code=codes,
    batch=st.from_regex(r"[A-Z0-9]{1,8}(-[0-9]{1,3})?", fullmatch=True),
    expires_at=instants,
)
CODE = sec.build("ES", "000123", "A999926123456", "E", "0000042", "001", date(2026, 12, 1))
BAG = Expected("HGA-26-0001-P1", "HGA-26-0001", CODE, "L26-12", datetime(2026, 12, 1, 10, 30, tzinfo=UTC))
