"""What of an uploaded paper leaves the house: a picture without camera, place and author; a PDF as it is.

A PDF may carry its signer's electronic signature, which any change would break.
"""

from __future__ import annotations

from io import BytesIO

from PIL import ImageOps

from compassionate.documents.pictures import JPEG, PDF, open_image

QUALITY = 92


def without_metadata(data: bytes, media_type: str) -> bytes:
    """The same picture, upright, with nothing beside it; the same file for anything else. The same bytes each time."""
    if media_type == PDF:
        return data
    picture = ImageOps.exif_transpose(open_image(data, media_type))
    picture.info.clear()
    out = BytesIO()
    if media_type == JPEG:
        plain = picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")
        plain.save(out, "JPEG", quality=QUALITY)
    else:
        picture.save(out, "PNG")
    return out.getvalue()
