"""Running heads and feet as what they are: artifacts, which a voice does not read out on every page.

The press tags them like content and hangs their tags on no tree; a mark that leads nowhere is neither content
nor artifact (ISO 14289-1, 7.1).
"""

from __future__ import annotations

import re
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

MARK = re.compile(rb"/\w+\s*<<\s*/MCID (\d+)\s*>>\s*BDC")
ARTIFACT = b"/Artifact <</Type /Pagination>> BDC"


def furniture_as_artifacts(document: pikepdf.Pdf) -> None:
    """Mark as artifact whatever hangs on no tree, and drop its tags."""
    if Name.StructTreeRoot not in document.Root:
        return
    parents = pikepdf.NumberTree(document.Root.StructTreeRoot.ParentTree)
    tree = _Tree(document.Root.StructTreeRoot)
    for page in document.pages:
        key = page.obj.get(Name.StructParents)
        if key is not None:
            _clear(page, parents[int(key)], tree)


class _Tree:
    """Which elements hang on the tree, asked upwards and remembered."""

    def __init__(self, root: pikepdf.Object) -> None:
        top = [root, *_kids(root)]
        self._known = {each.objgen: True for each in top}
        self._first = {kid.objgen for each in top for kid in _kids(each)}
        self._top = {each.objgen for each in top}

    def holds(self, element: Any) -> bool:
        """Whether a way leads from the root to this element."""
        known = self._known.get(element.objgen)
        if known is None:
            parent = element.P
            known = element.objgen in self._first if parent.objgen in self._top else self.holds(parent)
            self._known[element.objgen] = known
        return known


def _kids(element: pikepdf.Object) -> list[Any]:
    kids = element.get(Name.K, Array([]))
    return [kid for kid in (kids if isinstance(kids, Array) else [kids]) if isinstance(kid, Dictionary)]


def _clear(page: pikepdf.Page, parents: Any, tree: _Tree) -> None:
    loose = {number for number, each in enumerate(parents) if isinstance(each, Dictionary) and not tree.holds(each)}
    if not loose:
        return
    for number in loose:
        parents[number] = None
    contents = page.obj.Contents
    for stream in contents if isinstance(contents, Array) else [contents]:
        assert isinstance(stream, Stream)
        stream.write(MARK.sub(lambda found: ARTIFACT if int(found[1]) in loose else found[0], stream.read_bytes()))
