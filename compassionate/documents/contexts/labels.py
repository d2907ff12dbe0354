"""Labels of an order: a sheet of A4 that goes with them, and each label on a page of its own size.

RDL 9/2014 annex I d) 1 lets codes of autologous cells stand on a sheet that is packed with them. Every label is a page
of the file as often as it is to be printed, so that the pages say how many labels left the printer. Labels are in
Spanish whatever language the sheet has: that is what the law words.
"""

from __future__ import annotations

from typing import Any

from compassionate import words
from compassionate.cells import carriers, gs1, labels
from compassionate.documents.blocks import Block, note, rows, said_rows, section, table
from compassionate.documents.contexts.source import Source
from compassionate.documents.symbols import data_matrix
from compassionate.snapshot import LabelSnapshot

SPANISH = "es"
MODULE = 0.375
"""Millimetres of a module: three dots of a printer with 203 dots an inch."""
LISTED = (("container", 30), ("label_kind", 40), ("copies", 12), ("label_reason", 18))
RECONCILED = (("container", 32), ("copies", 14), ("labels_used", 18), ("labels_destroyed", 18), ("label_by_hand", 18))
ROOMY = 0.6
"""Of the longest line: above it the letters become smaller."""


def context(held: Source) -> dict[str, Any]:
    """The sheet in the case's language, the labels in Spanish."""
    ordered = held.case.labels
    parts = [
        section("pedido", "print.section.labels_listed", _order(held), _listed(held), note("print.note.labels")),
        *[_sheet(held, each, number) for number, each in enumerate(ordered, 1)],
        section(
            "cuenta", "print.section.labels_reconciled", note("print.note.labels_reconciled"), _reconciled(held),
            {"type": "hand", "labels": ["cell_unit", "responsible_person"]},
        ),
    ]  # fmt: skip
    copies = [_label(each, number) for each in ordered for number in range(1, each.copies + 1)]
    return {"sections": parts, "contents": False, "labels": copies}


def _order(held: Source) -> Block:
    first = held.case.labels[0] if held.case.labels else None
    total = sum(each.copies for each in held.case.labels)
    return rows(
        ("label_order", str(first.order) if first else ""),
        ("labels_printed_at", held.words.short_moment(first.printed_at) if first else ""),
        ("labels_by", first.by if first else ""),
        ("labels_total", held.words.number(total)),
    )


def _listed(held: Source) -> Block:
    kinds = held.words
    body = [
        [each.container, kinds.choice("label_kind", each.kind), str(each.copies), each.reason]
        for each in held.case.labels
    ]
    return table("labels", LISTED, body, numeric="copies")


def _reconciled(held: Source) -> Block:
    return table("labels", RECONCILED, [[each.container, str(each.copies), "", "", ""] for each in held.case.labels])


def _sheet(held: Source, label: LabelSnapshot, number: int) -> dict[str, Any]:
    """All that a label says, where it can be read without a glass."""
    said = [(words.say(f"label_field.{name}", held.words.language), text) for name, text in label.values.items()]
    said += [(words.say("label_field.phrase", held.words.language), label.phrase)]
    marks = [*label.handling, *label.warnings]
    if marks:
        said.append((words.say("label_field.marks", held.words.language), "\n".join(marks)))
    title = words.say("print.section.label_of", held.words.language, container=label.container)
    basis = note("print.note.label_basis", basis=labels.KINDS[label.kind].basis, text=_element_string(label))
    return section(f"etiqueta-{number}", "", said_rows(said), basis, said=title)


def _label(label: LabelSnapshot, number: int) -> dict[str, Any]:
    kind = labels.KINDS[label.kind]
    drawn = data_matrix(_element_string(label))
    lines = {name: text for name, text in label.values.items() if name != "container" or text != label.container}
    said = [{"name": words.say(f"label_field.{name}", SPANISH), "value": text} for name, text in lines.items()]
    return {
        "size": f"{kind.width}x{kind.height}",
        "crowded": max(map(len, lines.values()), default=0) > kind.longest * ROOMY,
        "title": words.say("print.label_title", SPANISH, container=label.container),
        "kind": words.say(f"label_kind.{label.kind}", SPANISH),
        "count": words.say("print.label_count", SPANISH, number=number, total=label.copies, order=label.order),
        "phrase": label.phrase,
        "rows": said,
        "handling": list(label.handling),
        "warnings": list(label.warnings),
        "has_dose": label.kind == "pack",
        "matrix": {
            "box": drawn.box,
            "outline": drawn.outline,
            "width": f"{drawn.modules * MODULE:.3f}",
            "said": words.say("print.label_matrix", SPANISH, container=label.container),
        },
    }


def _element_string(label: LabelSnapshot) -> str:
    own = carriers.own_elements(label.container, label.patient, label.european_code, label.batch, label.expires_at)
    return gs1.build(own)
