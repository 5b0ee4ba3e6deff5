"""The database: connections, transactions, migrations, jobs and limits, the same on SQLite and PostgreSQL."""

from pwa.database.errors import (
    BrokenRule,
    Busy,
    ChangedMigration,
    ConnectionLost,
    Damaged,
    DatabaseError,
    DuplicateKey,
    Full,
    Locked,
    NewerSchema,
    NotWritable,
)
from pwa.database.model import Database, Reader, Row, Transaction, Value
from pwa.database.opening import open_database

__all__ = [
    "BrokenRule",
    "Busy",
    "ChangedMigration",
    "ConnectionLost",
    "Damaged",
    "Database",
    "DatabaseError",
    "DuplicateKey",
    "Full",
    "Locked",
    "NewerSchema",
    "NotWritable",
    "Reader",
    "Row",
    "Transaction",
    "Value",
    "open_database",
]
