"""What people send stays in memory until it is sealed: the framework's own requests spill large files into /tmp.

No more of a file is kept than one may have (UPL-01), and it is looked at before the page begins to write: a file that
keeps its reader busy for seconds keeps nobody else from writing (UPL-04).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import IO, Any, TypeVar, cast

from flask import Request, g, request
from werkzeug.datastructures import FileStorage

from compassionate.errors import Invalid
from compassionate.extensions import MULTIPART, WRITING, begin_writing, foundation
from compassionate.services.examining import LARGEST, Upload, examine

PHOTOGRAPH = "_photograph"  # ends the name of a photograph that is read and not kept (web/label_scans.py)
View = TypeVar("View", bound=Callable[..., Any])


class BoundedFile(io.BytesIO):
    """A file as it arrives: what is beyond the largest that is taken is counted and not kept."""

    dropped = 0

    def write(self, data: Any) -> int:
        """Keep what there is room for."""
        room = max(0, LARGEST + 1 - self.tell())
        super().write(data[:room])
        self.dropped += max(0, len(data) - room)
        return len(data)


class RequestInMemory(Request):
    """A request whose files never touch a disk in clear (DAR-01); MAX_CONTENT_LENGTH bounds what that takes."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BoundedFile()


def takes_files(view: View) -> View:
    """Mark a writing page to which papers are sent: they are looked at first, then its session begins to write."""

    @wraps(view)
    def looked_at(*args: Any, **given: Any) -> Any:
        if request.method in WRITING and request.mimetype == MULTIPART:
            papers = [(name, file) for name, file in request.files.items() if not name.endswith(PHOTOGRAPH)]
            g.looked_at = {name: _look(_sent(file)) for name, file in papers if file.filename}
            begin_writing()
        return view(*args, **given)

    looked_at.__dict__["takes_files"] = True
    return cast(View, looked_at)


def upload_sent(name: str = "file") -> Upload | None:
    """The file that came with the form, or None."""
    if name in g.get("looked_at", {}):
        return cast(Upload, g.looked_at[name])
    file = request.files.get(name)
    return _sent(file) if file is not None and file.filename else None


def _sent(file: FileStorage) -> Upload:
    dropped = getattr(file.stream, "dropped", 0)
    return Upload(file.filename or "", file.mimetype or "", file.read(), dropped)


def _look(file: Upload) -> Upload:
    try:
        found: Any = examine(file, foundation().scanner)
    except Invalid as refused:
        found = refused
    return Upload(file.filename, file.media_type, file.data, file.dropped, found)
