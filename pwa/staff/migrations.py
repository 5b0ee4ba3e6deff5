"""The tables of staff and of the audit log, in the content database; scripts are only ever added at the end."""

MIGRATIONS: tuple[str, ...] = (
    """
    -- Each row holds the hash of the one before, so none can be changed, added or taken out between two others.
    CREATE TABLE audit (
        number BIGINT PRIMARY KEY,
        at BIGINT NOT NULL,
        done_by TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        sha256 TEXT NOT NULL
    );
    CREATE INDEX audit_action ON audit (action, number);
    CREATE INDEX audit_done_by ON audit (done_by, number);

    -- One row: the end of the log. Whoever adds a row holds it, so that rows come one after another.
    CREATE TABLE audit_end (
        one BIGINT PRIMARY KEY CHECK (one = 1),
        number BIGINT NOT NULL,
        sha256 TEXT NOT NULL
    );
    INSERT INTO audit_end (one, number, sha256) VALUES (1, 0, '');
    """,
)
