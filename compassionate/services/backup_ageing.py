"""Which backups have aged out, and their deletion: what was destroyed goes on living in older ones (art. 17 RGPD).

Only backups of this installation whose manifest is authentic are ever touched, and never the newest one that can be
read whole: an installation without any backup is worse than one that is too old.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from compassionate.errors import Refused
from compassionate.services import backup

KEPT, OLD, LAST_GOOD, NOT_OURS = "kept", "old", "last_good", "not_ours"
GONE = ".gone"


@dataclass(frozen=True, slots=True)
class Aged:
    """A folder as it was found: `status` is kept, old, last_good (old, and the newest whole one) or not_ours."""

    name: str
    status: str
    id: str = ""
    made_at: str = ""


def look(parent: Path, masters: Iterable[bytes], installation: str, days: int, now: datetime) -> list[Aged]:
    """Every folder that holds a manifest, oldest first, by the date that its manifest proves."""
    held, ours, others = tuple(masters), list[tuple[str, backup.Manifest]](), list[Aged]()
    for folder in sorted(path.parent for path in parent.glob(f"[!.]*/{backup.MANIFEST}")):
        try:
            manifest, _ = backup.authentic(folder, held)
        except Refused:
            manifest = None
        if manifest is None or manifest.installation != installation:
            others.append(Aged(folder.name, NOT_OURS))
        else:
            ours.append((folder.name, manifest))
    ours.sort(key=lambda each: datetime.fromisoformat(each[1].made_at))
    last = next((name for name, _ in reversed(ours) if _is_whole(parent / name, held)), "")
    limit = now - timedelta(days=days)
    return [_aged(name, manifest, last, limit) for name, manifest in ours] + others


def _is_whole(folder: Path, masters: Iterable[bytes]) -> bool:
    try:
        backup.verify(folder, masters)
    except Refused:
        return False
    return True


def _aged(name: str, manifest: backup.Manifest, last: str, limit: datetime) -> Aged:
    is_old = datetime.fromisoformat(manifest.made_at) < limit
    # Where none can be read whole nothing is deleted: somebody must look at it first.
    status = KEPT if not is_old or not last else (LAST_GOOD if name == last else OLD)
    return Aged(name, status, manifest.id, manifest.made_at)


def delete(parent: Path, found: Iterable[Aged]) -> None:
    """Delete those that are old: first out of the way, so that a run that is cut off leaves none that looks whole."""
    for each in found:
        if each.status == OLD:
            folder = parent / each.name
            folder.replace(parent / f".{each.name}.{secrets.token_hex(4)}{GONE}")
    for left in parent.glob(f".*{GONE}"):  # of this run, and of one that was cut off
        shutil.rmtree(left)
