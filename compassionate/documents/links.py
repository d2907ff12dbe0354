"""One link where a reader sees one: the press makes one more of every box inside a link, outside of its tag."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name


def one_link_each(document: pikepdf.Pdf) -> None:
    """Take out every link that lies in another one's tag; its text stays, and belongs to the outer one."""
    if Name.StructTreeRoot not in document.Root:
        return
    parents = pikepdf.NumberTree(document.Root.StructTreeRoot.ParentTree)
    for page in document.pages:
        notes = page.obj.get(Name.Annots)
        if notes is not None:
            page.obj.Annots = Array([note for note in notes if not _is_inner(note, parents)])


def _is_inner(note: Any, parents: Any) -> bool:
    key = note.get(Name.StructParent)
    if key is None or note.get(Name.Subtype) != Name.Link:
        return False
    element = parents[int(key)]
    if not _is_in_a_link(element):
        return False
    element.K = Array([kid for kid in element.K if not _refers(kid, note)])
    if Name.Link == element.S:
        element.S = Name.Span
    del parents[int(key)]
    return True


def _refers(kid: Any, note: Any) -> bool:
    return isinstance(kid, Dictionary) and kid.get(Name.Type) == Name.OBJR and kid.Obj.objgen == note.objgen


def _is_in_a_link(element: Any) -> bool:
    parent = element.get(Name.P)
    while parent is not None and Name.S in parent:
        if Name.Link == parent.S:
            return True
        parent = parent.get(Name.P)
    return False
