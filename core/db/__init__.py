"""Storage: the only package that knows SQLAlchemy; the same schema on SQLite and PostgreSQL."""

from core.db.engine import Database, Tx

__all__ = ["Database", "Tx"]
