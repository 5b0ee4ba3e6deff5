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
    """
    -- `name_key` and `email_key` are folded for comparison. A person is never deleted, so a name is never given twice.
    CREATE TABLE staff (
        id BIGINT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        roles TEXT NOT NULL,
        registration TEXT NOT NULL,
        handle {blob} NOT NULL UNIQUE,
        password TEXT,
        totp_secret TEXT,
        totp_step BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        disabled_at BIGINT
    );

    CREATE TABLE staff_passkey (
        id TEXT PRIMARY KEY,
        staff_id BIGINT NOT NULL REFERENCES staff (id),
        name TEXT NOT NULL,
        public_key {blob} NOT NULL,
        sign_count BIGINT NOT NULL,
        transports TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        used_at BIGINT
    );
    CREATE INDEX staff_passkey_of ON staff_passkey (staff_id);

    CREATE TABLE staff_recovery_code (
        staff_id BIGINT NOT NULL REFERENCES staff (id),
        sha256 TEXT NOT NULL,
        PRIMARY KEY (staff_id, sha256)
    );

    -- Secrets are kept as their SHA-256 only: a copy of the database opens no link and continues no session.
    CREATE TABLE staff_link (
        sha256 TEXT PRIMARY KEY,
        staff_id BIGINT REFERENCES staff (id),
        created_by TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    );

    CREATE TABLE staff_session (
        sha256 TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        staff_id BIGINT NOT NULL REFERENCES staff (id),
        device TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        signed_in_at BIGINT NOT NULL,
        seen_at BIGINT NOT NULL
    );
    CREATE INDEX staff_session_of ON staff_session (staff_id);

    -- A passkey ceremony under way: the challenge of one browser, used once.
    CREATE TABLE staff_ceremony (
        sha256 TEXT PRIMARY KEY,
        purpose TEXT NOT NULL,
        challenge {blob} NOT NULL,
        expires_at BIGINT NOT NULL
    );
    CREATE INDEX staff_ceremony_ends ON staff_ceremony (expires_at);

    -- Browsers in which someone has signed in before: attempts from elsewhere do not slow them down.
    CREATE TABLE staff_device (
        sha256 TEXT NOT NULL,
        staff_id BIGINT NOT NULL REFERENCES staff (id),
        seen_at BIGINT NOT NULL,
        PRIMARY KEY (sha256, staff_id)
    );
    """,
)
