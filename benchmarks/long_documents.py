"""Long documents for the benchmark of printing: long answers, many visits, annexes of many pages."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from random import Random

from PIL import Image, ImageDraw

from compassionate.documents.contexts.source import Annex
from compassionate.snapshot import CaseSnapshot
from tests.documents import examples

TEXT = "La paciente refiere dolor lumbar continuo con irradiación ocasional y precisa analgesia de rescate a diario. "
RECORDS, VISITS = 44, 208
ANNEXES, PAGES = 5, 10
SIDE = (1240, 1754)
GRAIN = 5


def dossier() -> CaseSnapshot:
    """A request of about 58 pages, without annexes."""
    treatments = [
        {"treatment": f"Línea {n}", "from": "2022", "to": "2023", "response": TEXT * 5, "why_stopped": TEXT}
        for n in range(RECORDS)
    ]
    alternatives = [
        {"alternative": f"Alternativa {n}", "considered_how": "tried", "reason": TEXT * 6} for n in range(RECORDS)
    ]
    report = examples.REPORT | {
        "clinical_summary": "\n".join([TEXT * 9] * 8), "supporting_data": TEXT * 40, "previous_treatments": treatments,
    }  # fmt: skip
    case = examples.typical()
    request = replace(case.request, report=examples.answered("clinical-report", report))
    eligibility = examples.answered("eligibility", examples.ELIGIBILITY | {"alternatives": alternatives})
    return replace(case, request=request, eligibility=eligibility, papers=())


def dossier_changed() -> CaseSnapshot:
    """The same after somebody wrote another word in the answer on one of its leaves."""
    case = dossier()
    assert case.eligibility is not None
    answers = dict(case.eligibility.answers)
    alternatives = [dict(each) for each in answers["alternatives"]]
    alternatives[RECORDS // 2]["alternative"] = "Otra alternativa"
    return replace(case, eligibility=replace(case.eligibility, answers=answers | {"alternatives": alternatives}))


def follow_up() -> CaseSnapshot:
    """A case followed for so long that its report has about 58 pages."""
    done = [visit for visit in examples.visits() if visit.answers is not None]
    visits = (replace(done[n % len(done)], name=f"m{n}", months=n) for n in range(VISITS))
    return replace(examples.typical(), visits=tuple(visits))


def follow_up_changed() -> CaseSnapshot:
    """The same after one visit was changed."""
    case = follow_up()
    visits = list(case.visits)
    held = visits[VISITS // 2]
    assert held.answers is not None
    answers = replace(held.answers, answers=dict(held.answers.answers) | {"analgesics": "daily"})
    visits[VISITS // 2] = replace(held, answers=answers)
    return replace(case, visits=tuple(visits))


@cache
def annexes() -> tuple[Annex, ...]:
    """Five papers of ten scanned pages, 19 MB in all, whose page pictures were made before."""
    papers = (_scanned(number) for number in range(1, ANNEXES + 1))
    return tuple(
        examples.annex("evidence", f"Publicación {number}", data, "application/pdf", PAGES)
        for number, data in enumerate(papers, 1)
    )


def with_annexes(case: CaseSnapshot) -> CaseSnapshot:
    """The same case with those papers."""
    return replace(case, papers=tuple(each.paper for each in annexes()))


def _scanned(number: int) -> bytes:
    pages = [_page(Random(number * PAGES + page), number, page) for page in range(1, PAGES + 1)]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=150, quality=76)
    return out.getvalue()


def _page(chance: Random, number: int, page: int) -> Image.Image:
    """A page as a scanner sees it: lines of print and the grain of the paper, which is what fills the file."""
    small = (SIDE[0] // GRAIN, SIDE[1] // GRAIN)
    grain = Image.frombytes("L", small, bytes(190 + value % 64 for value in chance.randbytes(small[0] * small[1])))
    image = grain.resize(SIDE, Image.Resampling.BICUBIC).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.text((120, 100), f"Publicación {number}, página {page}", fill="black", font_size=48)
    for top in range(220, SIDE[1] - 120, 30):
        draw.line((120, top, SIDE[0] - 120 - chance.randrange(200), top), fill="#333333", width=9)
    return image
