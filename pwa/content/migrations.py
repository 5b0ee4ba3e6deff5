"""The tables of the guide; scripts are only ever added at the end."""

from pwa.staff.migrations import MIGRATIONS as STAFF

MIGRATIONS = (
    """
    -- One row: what phones and servers follow. Whoever changes content holds it, so two never interleave.
    CREATE TABLE head (
        one BIGINT PRIMARY KEY CHECK (one = 1),
        sequence BIGINT NOT NULL,
        release_id BIGINT,
        body {blob}
    );
    INSERT INTO head (one, sequence) VALUES (1, 0);

    CREATE TABLE page (
        id BIGINT PRIMARY KEY,
        locale TEXT NOT NULL,
        kind TEXT NOT NULL,
        slug TEXT NOT NULL,
        draft_id BIGINT,
        created_at BIGINT NOT NULL,
        UNIQUE (locale, kind, slug)
    );

    -- A revision never changes. `contributors` are the people whose edits since the last published text it holds.
    CREATE TABLE revision (
        id BIGINT PRIMARY KEY,
        page_id BIGINT NOT NULL REFERENCES page (id),
        base_id BIGINT REFERENCES revision (id),
        sha256 TEXT NOT NULL,
        text TEXT NOT NULL,
        contributors TEXT NOT NULL,
        written_by TEXT NOT NULL,
        written_at BIGINT NOT NULL
    );
    CREATE INDEX revision_page ON revision (page_id, id);

    -- Bound to the exact text of a page, not to a revision: the same bytes again are signed again.
    CREATE TABLE sign_off (
        page_id BIGINT NOT NULL REFERENCES page (id),
        sha256 TEXT NOT NULL,
        kind TEXT NOT NULL,
        signed_by TEXT NOT NULL,
        signed_at BIGINT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (page_id, sha256, signed_by)
    );

    -- state: scheduled, published, cancelled or failed.
    CREATE TABLE release (
        id BIGINT PRIMARY KEY,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        previous_id BIGINT REFERENCES release (id),
        undoes_id BIGINT REFERENCES release (id),
        created_by TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        due_at BIGINT,
        published_at BIGINT,
        notes TEXT NOT NULL,
        redirects TEXT NOT NULL,
        manifests TEXT NOT NULL,
        changed_bytes BIGINT NOT NULL,
        total_bytes BIGINT NOT NULL,
        reason TEXT NOT NULL,
        break_glass TEXT NOT NULL,
        approved_by TEXT,
        approved_at BIGINT
    );

    -- Published: every page of the release. Scheduled: only what it will change; `revision_id` null withdraws,
    -- `replaces_id` is what was live when it was planned.
    CREATE TABLE release_item (
        release_id BIGINT NOT NULL REFERENCES release (id),
        page_id BIGINT NOT NULL REFERENCES page (id),
        slug TEXT NOT NULL,
        revision_id BIGINT REFERENCES revision (id),
        replaces_id BIGINT REFERENCES revision (id),
        PRIMARY KEY (release_id, page_id)
    );

    -- `unused_since` is null while the live release uses it; later it is kept for phones that still fetch it.
    CREATE TABLE object (
        sha256 TEXT PRIMARY KEY,
        identity {blob} NOT NULL,
        brotli {blob},
        gzip {blob},
        headers TEXT NOT NULL,
        unused_since BIGINT
    );
    CREATE INDEX object_unused ON object (unused_since);

    -- `part_of`: a whole page's recall is two notices, its article and its summary on other pages.
    CREATE TABLE notice (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        locale TEXT NOT NULL,
        path TEXT NOT NULL,
        block TEXT,
        text TEXT NOT NULL,
        words TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        part_of TEXT REFERENCES notice (id),
        issued_by TEXT NOT NULL,
        issued_at BIGINT NOT NULL,
        lifted_by TEXT,
        lifted_at BIGINT
    );

    CREATE TABLE covered (
        path TEXT PRIMARY KEY,
        object TEXT NOT NULL REFERENCES object (sha256)
    );

    CREATE TABLE publication (
        sequence BIGINT PRIMARY KEY,
        verb TEXT NOT NULL,
        release_id BIGINT REFERENCES release (id),
        notice_id TEXT REFERENCES notice (id),
        done_by TEXT NOT NULL,
        done_at BIGINT NOT NULL
    );
    """,
    # So that a start with nothing new need not render everything to find that out.
    "ALTER TABLE release ADD COLUMN rendered_by TEXT NOT NULL DEFAULT '';",
    """
    -- What staff picked for the next release: the drafts and moves of these pages, or taking them away. `leads_to` is
    -- where readers of a withdrawn page are sent.
    CREATE TABLE basket (
        page_id BIGINT PRIMARY KEY REFERENCES page (id),
        withdraws BIGINT NOT NULL,
        leads_to TEXT,
        put_by TEXT NOT NULL,
        put_at BIGINT NOT NULL
    );

    -- A release as it would be, for phones that were given its secret, of which only the hash is kept.
    CREATE TABLE trial (
        secret_sha256 TEXT PRIMARY KEY,
        manifests TEXT NOT NULL,
        changes TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL
    );

    ALTER TABLE release ADD COLUMN title TEXT NOT NULL DEFAULT '';

    -- A recall acts at once. It carries the reason, and waits for someone else to confirm it.
    ALTER TABLE notice ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE notice ADD COLUMN confirmed_by TEXT;
    ALTER TABLE notice ADD COLUMN confirmed_at BIGINT;
    """,
    """
    -- A picture, never changed: other bytes are another row, which `replaced_by` names. The upload itself is not kept,
    -- only its hash, so that the same file is known again. `alternative` is empty where it only decorates.
    CREATE TABLE media (
        name TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        original_sha256 TEXT NOT NULL,
        width BIGINT NOT NULL,
        height BIGINT NOT NULL,
        alternative TEXT NOT NULL,
        decorative BIGINT NOT NULL,
        uploaded_by TEXT NOT NULL,
        uploaded_at BIGINT NOT NULL,
        replaced_by TEXT
    );
    CREATE TABLE media_variant (
        media TEXT NOT NULL REFERENCES media (name),
        media_type TEXT NOT NULL,
        width BIGINT NOT NULL,
        height BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        body {blob} NOT NULL,
        PRIMARY KEY (media, media_type, width)
    );
    CREATE INDEX media_variant_sha256 ON media_variant (sha256);

    -- An archive between its dry run and the word to import it; only whoever sent it can go on with it.
    CREATE TABLE staged_import (
        id TEXT PRIMARY KEY,
        body {blob} NOT NULL,
        staged_by TEXT NOT NULL,
        staged_at BIGINT NOT NULL
    );
    """,
    # Reviewing: who asked whom for what, links for clinicians without an account, and what the clinic has decided.
    """
    ALTER TABLE sign_off ADD COLUMN registration TEXT NOT NULL DEFAULT '';

    -- kind: `review` asks for a sign-off, `changes` asks the writer for another text. Void once the text is another.
    CREATE TABLE review_request (
        id BIGINT PRIMARY KEY,
        page_id BIGINT NOT NULL REFERENCES page (id),
        sha256 TEXT NOT NULL,
        kind TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at BIGINT NOT NULL,
        addressee TEXT NOT NULL,
        note TEXT NOT NULL,
        withdrawn_by TEXT,
        withdrawn_at BIGINT
    );
    CREATE INDEX review_request_page ON review_request (page_id, sha256);

    -- Whoever holds the secret may answer once, for this exact text; only the secret's hash is kept.
    CREATE TABLE outside_link (
        id BIGINT PRIMARY KEY,
        page_id BIGINT NOT NULL REFERENCES page (id),
        sha256 TEXT NOT NULL,
        secret_sha256 TEXT NOT NULL UNIQUE,
        meant_for TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        revoked_by TEXT,
        revoked_at BIGINT,
        answer TEXT,
        answered_by TEXT,
        answered_at BIGINT
    );
    CREATE INDEX outside_link_page ON outside_link (page_id);

    CREATE TABLE content_setting (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL,
        set_by TEXT NOT NULL,
        set_at BIGINT NOT NULL
    );
    """,
    # Editing: what someone typed and has not saved yet, and who has a text open.
    """
    -- `name` is another one each time it is kept, so that two devices of one person never overwrite each other unseen.
    -- `base_sha256` is the text it was typed over, empty for none.
    CREATE TABLE working_copy (
        page_id BIGINT NOT NULL REFERENCES page (id),
        person TEXT NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        base_sha256 TEXT NOT NULL,
        kept_at BIGINT NOT NULL,
        PRIMARY KEY (page_id, person)
    );

    CREATE TABLE editing (
        page_id BIGINT NOT NULL REFERENCES page (id),
        person TEXT NOT NULL,
        seen_at BIGINT NOT NULL,
        PRIMARY KEY (page_id, person)
    );
    """,
    # Changing a row writes all of it anew: since when an object is not live stands apart from its bytes.
    """
    CREATE TABLE unused_object (
        sha256 TEXT PRIMARY KEY REFERENCES object (sha256) ON DELETE CASCADE,
        since BIGINT NOT NULL
    );
    INSERT INTO unused_object (sha256, since)
        SELECT sha256, unused_since FROM object WHERE unused_since IS NOT NULL;
    DROP INDEX object_unused;
    ALTER TABLE object DROP COLUMN unused_since;
    """,
    # What readers are told of a page that goes away: it has no text of its own to say so.
    "ALTER TABLE basket ADD COLUMN note TEXT NOT NULL DEFAULT '';",
)

FEATURES = {"staff": STAFF, "content": MIGRATIONS}
"""What a content database holds: whatever changes content is written into the audit log in the same transaction."""
