"""The application as servers and `flask` find it."""

from compassionate.application import create_app

app = create_app()
