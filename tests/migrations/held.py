"""An installation of the first release with rows and files in it (revision_0001.jsonl.gz), on either database.

Its keys are under the tests' master key. It was written once by that release and never changes.
"""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

from obstore.store import ObjectStore
from sqlalchemy import Engine, MetaData

from compassionate.services import backup_rows, instance
from compassionate.services.store import open_store

ROWS = Path(__file__).parent / "revision_0001.jsonl.gz"


def first_release(engine: Engine) -> ObjectStore:
    """Make the database one of the first release, whatever it held before; returns the document store."""
    *lines, files = gzip.decompress(ROWS.read_bytes()).decode().splitlines()
    with instance.moving_schema(engine) as connection:
        held = MetaData()
        held.reflect(connection)
        held.drop_all(connection)
        instance.upgrade(connection, "0001")
        backup_rows.load(connection, lines)
    store = open_store("memory:")
    for name, data in json.loads(files)["files"].items():
        store.put(name, base64.b64decode(data))
    return store
