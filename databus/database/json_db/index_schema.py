"""The tables of a client's index. Texts are UTF-8 blobs, because names from outside may be no proper Unicode."""

VERSION = 2

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS entry (
        sequence INTEGER PRIMARY KEY,
        internal_id BLOB NOT NULL,
        internal_folded BLOB NOT NULL,  -- in lower case, as are external_folded, attachments and errors
        folder BLOB,                    -- its folder, where that has another name than internal_id
        identity BLOB NOT NULL,
        route BLOB NOT NULL,
        state INTEGER NOT NULL,         -- without regard to a lease
        due INTEGER,                    -- NULL: nothing to run
        lease INTEGER,                  -- NULL: none
        owner BLOB NOT NULL DEFAULT x'',
        fence INTEGER NOT NULL DEFAULT 0,
        version INTEGER NOT NULL DEFAULT 0,
        pulled INTEGER NOT NULL,
        settled INTEGER NOT NULL,
        source BLOB NOT NULL,
        external_folded BLOB NOT NULL,
        steps BLOB NOT NULL,            -- names of the incomplete ones, each between two bytes FF
        mtime INTEGER NOT NULL,         -- of its passenger.json when that was last read or synced, as is size
        size INTEGER NOT NULL,
        attachments BLOB,
        errors BLOB,
        moves BLOB,                     -- renames in its folder that are not done yet
        pending BLOB                    -- its newest passenger.json, until that is known to be on disk
    )
    """,
    "CREATE UNIQUE INDEX IF NOT EXISTS entry_internal ON entry (internal_folded, internal_id)",
    "CREATE INDEX IF NOT EXISTS entry_identity ON entry (identity)",
    "CREATE INDEX IF NOT EXISTS entry_state ON entry (route, state, sequence)",
    "CREATE INDEX IF NOT EXISTS entry_due ON entry (route, sequence, due) WHERE due IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS entry_settled ON entry (route, settled) WHERE state = 4",
    "CREATE INDEX IF NOT EXISTS entry_lease ON entry (lease) WHERE lease IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS entry_folder ON entry (folder) WHERE folder IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS tally (
        route BLOB NOT NULL, state INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (route, state)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER IF NOT EXISTS tally_insert AFTER INSERT ON entry BEGIN
        INSERT INTO tally VALUES (new.route, new.state, 1) ON CONFLICT DO UPDATE SET number = number + 1;
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS tally_delete AFTER DELETE ON entry BEGIN
        UPDATE tally SET number = number - 1 WHERE route = old.route AND state = old.state;
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS tally_update AFTER UPDATE OF state, route ON entry
    WHEN old.state <> new.state OR old.route <> new.route BEGIN
        UPDATE tally SET number = number - 1 WHERE route = old.route AND state = old.state;
        INSERT INTO tally VALUES (new.route, new.state, 1) ON CONFLICT DO UPDATE SET number = number + 1;
    END
    """,
    """
    CREATE TABLE IF NOT EXISTS log (
        guid BLOB PRIMARY KEY,
        created INTEGER NOT NULL,
        route BLOB NOT NULL,
        worst INTEGER NOT NULL,
        lines INTEGER NOT NULL,
        file BLOB NOT NULL,
        mtime INTEGER NOT NULL,
        size INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS log_created ON log (created, guid)",
    "CREATE INDEX IF NOT EXISTS log_of_drives ON log (created, guid) WHERE route <> x''",
    "CREATE INDEX IF NOT EXISTS log_of_others ON log (created, guid) WHERE route = x''",
    "CREATE INDEX IF NOT EXISTS log_file ON log (file)",
)

WORDS = """
    CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5(external, content='', tokenize='trigram case_sensitive 1')
"""
