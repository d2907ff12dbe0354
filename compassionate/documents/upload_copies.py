"""What of an uploaded paper goes into a document: the same to look at, without camera, place, author and history.

The original is kept unchanged beside it, and is what is downloaded and what is sent where a PDF is signed. The copy
is the same bytes each time, and a copy of a copy is the copy.
"""

from __future__ import annotations

from compassionate.documents.pictures import PDF


def without_metadata(data: bytes, media_type: str) -> bytes:
    """The copy of a paper that was taken; raises what its reader raises. Slow and greedy: runs apart from the pages."""
    if media_type == PDF:
        from compassionate.documents.pdf_copies import pdf_copy

        return pdf_copy(data)
    from compassionate.documents.picture_copies import picture_copy

    return picture_copy(data, media_type)
