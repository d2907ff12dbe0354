"""The application as servers and `flask` find it; `python wsgi.py 127.0.0.1:8000` serves it."""

import logging
import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from compassionate.application import create_app, refuse_another_schema
from compassionate.errors import StartRefused
from compassionate.models.database import NotDurable
from compassionate.questionnaires import FormsRefused

try:
    app = create_app()
    app.extensions["compassionate"].engine.connect().close()
    if not os.environ.get("FLASK_RUN_FROM_CLI"):  # commands may find an old schema: one of them brings it up to date
        refuse_another_schema(app)
except (StartRefused, FormsRefused, NotDurable) as refusal:  # a person starts this: a sentence, not a traceback
    raise SystemExit(str(refusal)) from None
except SQLAlchemyError as error:  # not there yet: pages say so until it is, and each connection is looked at
    logging.getLogger("compassionate").warning("the database does not answer: %s", type(error).__name__)

if __name__ == "__main__":
    from compassionate.web.server import serve

    serve(app, sys.argv[1:])
