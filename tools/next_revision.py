"""Writes a schema revision from the models, against the revisions before it: `tools/next_revision.py 0002 "trust"`.

A revision that has not been released may be written anew with the same number; one that was released never changes.
What the models cannot say (rows to fill, triggers) stays in the part of the file between the two marked lines.
"""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from compassionate.models.database import make_engine
from compassionate.services.instance import MIGRATIONS

OPENING, CLOSING = "    # By hand:\n", "    # End of what is by hand.\n"
VERSIONS = MIGRATIONS / "versions"


def by_hand(number: str) -> str:
    """What a person wrote into the revision's upgrade; the file itself is taken away."""
    kept = ""
    for path in VERSIONS.glob(f"{number}_*.py"):
        text = path.read_text(encoding="utf-8")
        if OPENING in text:
            kept = text[text.index(OPENING) + len(OPENING) : text.index(CLOSING)]
        path.unlink()
    return kept


def write(number: str, name: str) -> Path:
    """The revision's file."""
    kept = by_hand(number)
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/before.db")
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        with engine.begin() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
            command.revision(settings, name, autogenerate=True, rev_id=number)
    path = next(VERSIONS.glob(f"{number}_*.py"))
    text = path.read_text(encoding="utf-8").replace("astext_type=Text()", "astext_type=sa.Text()")
    text = re.sub(r" *# ### .*\n", "", text)
    path.write_text(
        text.replace("\n\n\ndef downgrade", f"\n{OPENING}{kept}{CLOSING}\n\ndef downgrade", 1), encoding="utf-8"
    )
    return path


if __name__ == "__main__":
    print(write(*sys.argv[1:3]))
