"""What must hold of a tagged document whoever made it: every mark in the tree, every link and header found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

MARKED = re.compile(rb"/(\w+)\s*<<([^>]*)>>\s*BDC|/(\w+)\s+BMC|\b(EMC)\b|(?:^|\s)(Tj|TJ|f\*?|S|B\*?|Do|sh)(?=\s)")
NUMBER = re.compile(rb"/MCID (\d+)")


def faults_of_structure(pdf: bytes) -> list[str]:
    """Every way in which tags, marks, links, headers and bookmarks of a document do not hold together."""
    with pikepdf.open(BytesIO(pdf)) as document:
        root = document.Root.get(Name.StructTreeRoot)
        if root is None:
            return ["no tags"]
        elements = list(_elements(root))
        in_tree = {element.objgen for element in elements}
        return [
            *_faults_of_marks(document, in_tree),
            *_faults_of_kids(document, elements),
            *_faults_of_headers(elements),
            *_faults_of_links(document, in_tree),
            *_faults_of_bookmarks(document),
        ]


def _kids(element: Any) -> list[Any]:
    kids = element.get(Name.K, Array([]))
    return list(kids) if isinstance(kids, Array) else [kids]


def _elements(root: Any) -> Iterator[Any]:
    waiting = [(root, kid) for kid in reversed(_kids(root))]
    while waiting:
        parent, element = waiting.pop()
        if not isinstance(element, Dictionary) or Name.S not in element:
            continue
        assert element.P.objgen == parent.objgen, f"a {element.S} names another parent than the one that holds it"
        yield element
        waiting += [(element, kid) for kid in reversed(_kids(element))]


def _parents(document: pikepdf.Pdf) -> Any:
    return pikepdf.NumberTree(document.Root.StructTreeRoot.ParentTree)


def _faults_of_marks(document: pikepdf.Pdf, in_tree: set[tuple[int, int]]) -> Iterator[str]:
    """Marks of the pages: each leads to an element that hangs on the tree; nothing is drawn outside of any."""
    parents = _parents(document)
    for number, page in enumerate(document.pages, 1):
        held = parents[int(page.obj.StructParents)]
        for mark in _marks(page):
            if mark is None:
                yield f"page {number}: drawn outside of tags and artifacts"
            elif mark >= len(held) or held[mark] is None or held[mark].objgen not in in_tree:
                yield f"page {number}: mark {mark} is not in the tree"


def _marks(page: pikepdf.Page) -> Iterator[int | None]:
    """The number of each mark that a page's content opens; None for something drawn in none."""
    page.contents_coalesce()
    open_marks: list[bytes] = []
    for found in MARKED.finditer(page.obj.Contents.read_bytes()):
        tag, told, artifact, closing, drawn = found.groups()
        if closing:
            open_marks.pop()
        elif drawn:
            if not open_marks:
                yield None
        else:
            open_marks.append(tag or artifact)
            if told and (numbered := NUMBER.search(told)):
                yield int(numbered[1])


def _faults_of_kids(document: pikepdf.Pdf, elements: list[Any]) -> Iterator[str]:
    """The other way: what an element says is its own is said so by the page and by the table of parents."""
    parents = _parents(document)
    pages = {page.obj.objgen: page.obj for page in document.pages}
    for element in elements:
        for kid in _kids(element):
            if isinstance(kid, int):
                held = parents[int(pages[element.Pg.objgen].StructParents)]
                if kid >= len(held) or held[kid] is None or held[kid].objgen != element.objgen:
                    yield f"a {element.S} claims mark {kid}, which is another's"
        if Name.Figure == element.S and not str(element.get(Name.Alt, "")).strip():
            yield "a picture without other words"


def _faults_of_headers(elements: list[Any]) -> Iterator[str]:
    named = [bytes(element.ID) for element in elements if Name.ID in element]
    if len(named) != len(set(named)):
        yield "two elements of one name"
    for element in elements:
        if Name.TD == element.S:
            headers = list(element.get(Name.A, Dictionary()).get(Name.Headers, Array([])))
            if any(bytes(header) not in named for header in headers):
                yield "a cell names a header that there is not"


def _faults_of_links(document: pikepdf.Pdf, in_tree: set[tuple[int, int]]) -> Iterator[str]:
    parents, pages = _parents(document), {page.obj.objgen for page in document.pages}
    names = document.Root.get(Name.Names, Dictionary())
    named = dict(pikepdf.NameTree(names.Dests).items()) if Name.Dests in names else {}
    for number, page in enumerate(document.pages, 1):
        for note in page.obj.get(Name.Annots, Array([])):
            if Name.Link != note.Subtype:
                continue  # the field of a seal, which shows nothing
            goal = note.get(Name.Dest)
            goal = named.get(str(goal)) if isinstance(goal, String) else goal
            if not isinstance(goal, Array) or goal[0].objgen not in pages:
                yield f"page {number}: a link leads nowhere"
            element = parents.get(int(note.get(Name.StructParent, -1)))
            if element is None or element.objgen not in in_tree or Name.Link != element.S:
                yield f"page {number}: a link is in no tag of its own"


def _faults_of_bookmarks(document: pikepdf.Pdf) -> Iterator[str]:
    pages = {page.obj.objgen for page in document.pages}
    waiting = [document.Root.Outlines.First] if Name.Outlines in document.Root else []
    if not waiting:
        yield "no bookmarks"
    while waiting:
        mark = waiting.pop()
        waiting += [mark[name] for name in (Name.First, Name.Next) if name in mark]
        if mark.Dest[0].objgen not in pages or not str(mark.Title).strip():
            yield f"the bookmark {mark.Title} leads nowhere"
