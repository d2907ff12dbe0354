"""Migrates a database and kills itself with SIGKILL before a statement: `killed.py URL N`."""

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import event

from compassionate.models.database import make_engine
from compassionate.services import instance

url, moment = sys.argv[1], int(sys.argv[2])
engine, statements = make_engine(url), count()


@event.listens_for(engine, "before_cursor_execute")
def kill(*given: Any) -> None:
    if next(statements) == moment:
        os.kill(os.getpid(), signal.SIGKILL)


instance.migrate(engine)
