"""Alembic's environment: runs on the connection that services/instance.py gives, or on the instance's own database."""

from typing import Any, Literal

from alembic import context

from compassionate.models import Base, Instant

connection = context.config.attributes.get("connection")
if connection is None:
    from compassionate import config
    from compassionate.models.database import make_engine

    connection = make_engine(config.load().database_url).connect()


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """An instant is plain DDL in a revision: a revision must not depend on today's models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
