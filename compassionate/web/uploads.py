"""What people send stays in memory until it is sealed: the framework's own requests spill large files into /tmp."""

from __future__ import annotations

import io
from typing import IO

from flask import Request, request

from compassionate.services.papers import Upload


class RequestInMemory(Request):
    """A request whose files never touch a disk in clear (DAR-01); MAX_CONTENT_LENGTH bounds what that takes."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


def upload_sent(name: str = "file") -> Upload | None:
    """The file that came with the form, or None."""
    file = request.files.get(name)
    return Upload(file.filename, file.mimetype or "", file.read()) if file is not None and file.filename else None
