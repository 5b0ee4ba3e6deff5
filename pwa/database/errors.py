"""What can go wrong with a database, in words for whoever runs it: what happened, what was kept, what to do."""


class DatabaseError(Exception):
    """The root of this tree; by itself, a statement that the database refused."""


class Busy(DatabaseError):
    """Somebody else is writing. Nothing was changed; the same request may be made again."""


class Locked(DatabaseError):
    """Another process holds this database for itself."""


class Full(DatabaseError):
    """No room is left on the disk, or it refuses to write."""


class NotWritable(DatabaseError):
    """The file, its folder or the server allows no writing."""


class Damaged(DatabaseError):
    """The file is no database, or a broken one."""


class NewerSchema(DatabaseError):
    """The tables were made by a newer version of this program."""


class ChangedMigration(DatabaseError):
    """A migration that was already applied reads differently now."""


class ConnectionLost(DatabaseError):
    """The server cannot be reached, or went away. A commit under way is kept whole or not at all."""


class BrokenRule(DatabaseError):
    """A rule of the tables (foreign key, check, not null) forbids this change; nothing was changed."""


class DuplicateKey(BrokenRule):
    """There is a row with this key already; nothing was changed."""
