"""The application as servers and `flask` find it."""

from compassionate.application import create_app
from compassionate.config import SecretsMissing
from compassionate.questionnaires import FormsRefused

try:
    app = create_app()
except (SecretsMissing, FormsRefused) as refusal:  # a person starts this: a sentence, not a traceback
    raise SystemExit(str(refusal)) from None
