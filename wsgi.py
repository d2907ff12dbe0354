"""The application as servers and `flask` find it."""

from compassionate import create_app

app = create_app()
