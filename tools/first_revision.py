"""Writes the first schema revision from the models: only while nothing has been released."""

import re
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from compassionate.models.database import make_engine
from compassionate.services.instance import MIGRATIONS

BARS = """    from compassionate.models.history import POSTGRES_BARS, SQLITE_BARS

    for bar in SQLITE_BARS if op.get_bind().dialect.name == "sqlite" else POSTGRES_BARS:
        op.execute(bar)
"""

for old in (MIGRATIONS / "versions").glob("*.py"):
    old.unlink()
with tempfile.TemporaryDirectory() as folder:
    engine = make_engine(f"sqlite:///{folder}/empty.db")
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.revision(settings, "the first schema", autogenerate=True, rev_id="0001")
path = next(Path(MIGRATIONS / "versions").glob("0001*.py"))
text = path.read_text(encoding="utf-8").replace("astext_type=Text()", "astext_type=sa.Text()")
ending = "    # ### end Alembic commands ###\n\n\ndef downgrade"
text = text.replace(ending, f"{BARS}\n\ndef downgrade", 1)
path.write_text(re.sub(r" *# ### .*\n", "", text), encoding="utf-8")
