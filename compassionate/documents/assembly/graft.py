"""Pieces put into one file with one structure tree: copying pages alone would lose every tag (ISO 14289-1, 7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from compassionate.documents.assembly.cutting import SCHEME
from compassionate.documents.assembly.pieces import Bookmark, Piece


class Graft:
    """A file that grows piece by piece: pages, the elements under one Document, and the tree from marks to elements."""

    def __init__(self) -> None:
        self.file = pikepdf.new()
        self._parents = self.file.make_indirect(Dictionary(Nums=Array()))
        root = Dictionary(Type=Name.StructTreeRoot, ParentTree=self._parents)
        self._root = self.file.Root.StructTreeRoot = self.file.make_indirect(root)
        document = Dictionary(Type=Name.StructElem, S=Name.Document, K=Array(), P=self._root)
        self._document = self.file.make_indirect(document)
        self._root.K = Array([self._document])
        self._next = 0
        self._places: dict[str, Array] = {}
        self._headings: list[tuple[Bookmark, Array]] = []

    def add(self, piece: Piece) -> None:
        """The next pages, with everything that hangs on them."""
        first = len(self.file.pages)
        with pikepdf.open(BytesIO(piece.pdf)) as source:
            # Pages first: an element that is copied then finds the copy of its page.
            self.file.pages.extend(source.pages)
            tree = self.file.copy_foreign(source.Root.StructTreeRoot)
        self._adopt(tree)
        self._renumber(tree, self.file.pages[first:])
        for anchor in piece.anchors:
            self._places.setdefault(anchor.name, self._place(first + anchor.page, anchor.x, anchor.y))
        for mark in piece.bookmarks:
            self._headings.append((mark, self._place(first + mark.page, mark.x, mark.y)))

    def _adopt(self, tree: pikepdf.Object) -> None:
        for top in tree.K:
            for child in top.K:
                child.P = self._document
                self._document.K.append(child)

    def _renumber(self, tree: pikepdf.Object, pages: Sequence[pikepdf.Page]) -> None:
        """Numbers of pages and links in the tree from marks to elements: those of this piece follow the last one's."""
        shift = self._next
        for page in pages:
            page.obj.StructParents = int(page.obj.StructParents) + shift
            for note in page.obj.get(Name.Annots, ()):
                note.StructParent = int(note.StructParent) + shift
                _lead(note)
        numbers = tree.ParentTree.Nums
        for key, parent in zip(numbers[::2], numbers[1::2], strict=True):
            self._parents.Nums.append(int(key) + shift)
            self._parents.Nums.append(parent)
            self._next = max(self._next, int(key) + shift + 1)

    def _place(self, page: int, x: float, y: float) -> Array:
        return Array([self.file.pages[page].obj, Name.XYZ, x, y, 0])

    def finish(self) -> pikepdf.Pdf:
        """The whole file, with the places that links name and its outline."""
        self._root.ParentTreeNextKey = self._next
        named = [each for name in sorted(self._places) for each in (String(name), self._places[name])]
        if named:
            self.file.Root.Names = self.file.make_indirect(Dictionary(Dests=Dictionary(Names=Array(named))))
        if self._headings:
            self._outline()
        return self.file

    def _outline(self) -> None:
        """Headings under headings of a lower level, open or closed as the stylesheet says."""
        top = self.file.make_indirect(Dictionary(Type=Name.Outlines))
        above: list[tuple[int, pikepdf.Object]] = [(0, top)]
        for mark, place in self._headings:
            while above[-1][0] >= mark.level:
                above.pop()
            parent = above[-1][1]
            entry = self.file.make_indirect(
                Dictionary(Title=String(mark.label), Dest=place, Parent=parent, Count=0 if mark.is_open else -1)
            )
            if Name.Last in parent:
                entry.Prev, parent.Last.Next = parent.Last, entry
            else:
                parent.First = entry
            parent.Last = entry
            above.append((mark.level, entry))
        _count(top)
        self.file.Root.Outlines = top


def _lead(note: pikepdf.Object) -> None:
    """A private address becomes a link to the place of that name."""
    address = str(note.A.get(Name.URI, "")) if Name.A in note else ""
    if address.startswith(SCHEME):
        del note.A
        note.Dest = String(address.removeprefix(SCHEME))


def _count(entry: pikepdf.Object) -> int:
    """Write how many headings are shown under one; closed ones say it with a minus sign."""
    shown, child = 0, entry.get(Name.First)
    while child is not None:
        below = _count(child)
        shown += 1 + max(below, 0)
        child = child.get(Name.Next)
    is_closed = int(entry.get(Name.Count, 0)) < 0
    if shown:
        entry.Count = -shown if is_closed else shown
    elif Name.Count in entry:
        del entry.Count
    return -shown if is_closed else shown
