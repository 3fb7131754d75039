/** Marks the file as ours in its header ("Hmes"), so that another program's database is never migrated. */
export const APPLICATION_ID = 0x486d6573

/**
 * The schema's history: entry n takes a database from `user_version` n to n+1, in one transaction.
 * Entries are only ever appended. Times are UTC epoch milliseconds.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE sessions (
    key TEXT PRIMARY KEY NOT NULL,
    title TEXT,
    model TEXT,
    cwd TEXT,
    source TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT,
    parent_key TEXT REFERENCES sessions(key) ON DELETE SET NULL
  ) STRICT;
  CREATE UNIQUE INDEX sessions_by_title ON sessions(title) WHERE title IS NOT NULL;
  CREATE INDEX sessions_by_activity ON sessions(last_active_at DESC, started_at DESC, key DESC);
  CREATE INDEX sessions_by_parent ON sessions(parent_key) WHERE parent_key IS NOT NULL;

  -- No foreign keys here: a session gets a live id and an owner before its first prompt gives it a row.
  CREATE TABLE live_ids (
    live_id TEXT PRIMARY KEY NOT NULL,
    session_key TEXT NOT NULL,
    bound_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX live_ids_by_session ON live_ids(session_key);

  CREATE TABLE owners (
    session_key TEXT PRIMARY KEY NOT NULL,
    pid INTEGER NOT NULL,
    birth TEXT,
    boot TEXT,
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: a process that still holds the id of a deleted turn must not write into a new one.
  CREATE TABLE turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    prompt_id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted', 'error')),
    error TEXT,
    deaths INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    undone INTEGER NOT NULL DEFAULT 0,
    calls INTEGER NOT NULL DEFAULT 0,
    tokens_input INTEGER NOT NULL DEFAULT 0,
    tokens_output INTEGER NOT NULL DEFAULT 0,
    tokens_cache_read INTEGER NOT NULL DEFAULT 0,
    tokens_cache_write INTEGER NOT NULL DEFAULT 0,
    tokens_reasoning INTEGER NOT NULL DEFAULT 0,
    UNIQUE (session_key, prompt_id)
  ) STRICT;
  CREATE INDEX turns_by_session ON turns(session_key, undone, id);
  CREATE INDEX turns_running ON turns(session_key) WHERE status = 'running';

  CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    turn_id INTEGER REFERENCES turns(id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL CHECK (status IN ('complete', 'interrupted', 'error')),
    -- JSON; of assistant messages that called tools
    tool_calls TEXT,
    -- of tool messages; args and result are JSON, NULL for undefined
    tool_id TEXT,
    tool_name TEXT,
    tool_context TEXT,
    tool_args TEXT,
    tool_result TEXT,
    tool_duration_s REAL,
    hidden INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX messages_in_order ON messages(session_key, hidden, turn_id, id);
  CREATE INDEX messages_by_turn ON messages(turn_id);

  CREATE TABLE journal (
    turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (turn_id, seq)
  ) STRICT, WITHOUT ROWID;

  -- The index covers what is shown. A view as its content keeps 'rebuild' and 'integrity-check' right too.
  CREATE VIEW searchable AS SELECT id, text FROM messages WHERE hidden = 0 AND text <> '';
  CREATE VIRTUAL TABLE messages_fts USING fts5(
    text, content = 'searchable', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages WHEN new.hidden = 0 AND new.text <> '' BEGIN
    INSERT INTO messages_fts(rowid, text) VALUES (new.id, new.text);
  END;
  CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages WHEN old.hidden = 0 AND old.text <> '' BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, text) VALUES ('delete', old.id, old.text);
  END;
  CREATE TRIGGER messages_fts_update AFTER UPDATE OF text, hidden ON messages BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, text)
      SELECT 'delete', old.id, old.text WHERE old.hidden = 0 AND old.text <> '';
    INSERT INTO messages_fts(rowid, text)
      SELECT new.id, new.text WHERE new.hidden = 0 AND new.text <> '';
  END;
  `,
  `
  -- What became of a call (ToolState); NULL in rows from before, where the result tells it.
  ALTER TABLE messages ADD COLUMN tool_state TEXT;

  -- What a call asked the person: a row before it is shown, gone when the call runs or is settled.
  CREATE TABLE questions (
    id TEXT PRIMARY KEY NOT NULL,
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    tool_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('approval', 'clarify')),
    -- JSON, as it was shown
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- JSON
    answer TEXT,
    answered_at INTEGER,
    -- How often it was taken up again since it was last shown
    tries INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX questions_by_turn ON questions(turn_id, created_at);
  CREATE INDEX questions_by_session ON questions(session_key);
  `,
  `
  -- What the person allowed for a session; it holds as long as the session does.
  CREATE TABLE session_rules (
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (session_key, rule)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- JSON, of assistant messages: what the provider wants back with it (SignedStep).
  ALTER TABLE messages ADD COLUMN signed TEXT;
  `,
  `
  -- Of a running turn: which file beside the database has what is not in messages yet. The table \`journal\` is of before.
  ALTER TABLE turns ADD COLUMN journal TEXT;

  -- Of a message its first million characters are found: a megatoken in one row took 160 MB while it was indexed.
  DROP TRIGGER messages_fts_insert;
  DROP TRIGGER messages_fts_delete;
  DROP TRIGGER messages_fts_update;
  INSERT INTO messages_fts(messages_fts, rowid, text)
    SELECT 'delete', id, text FROM messages WHERE hidden = 0 AND length(text) > 1000000;
  INSERT INTO messages_fts(rowid, text)
    SELECT id, substr(text, 1, 1000000) FROM messages WHERE hidden = 0 AND length(text) > 1000000;
  DROP VIEW searchable;
  CREATE VIEW searchable AS SELECT id, substr(text, 1, 1000000) AS text FROM messages WHERE hidden = 0 AND text <> '';
  CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages WHEN new.hidden = 0 AND new.text <> '' BEGIN
    INSERT INTO messages_fts(rowid, text) VALUES (new.id, substr(new.text, 1, 1000000));
  END;
  CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages WHEN old.hidden = 0 AND old.text <> '' BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, text) VALUES ('delete', old.id, substr(old.text, 1, 1000000));
  END;
  CREATE TRIGGER messages_fts_update AFTER UPDATE OF text, hidden ON messages BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, text)
      SELECT 'delete', old.id, substr(old.text, 1, 1000000) WHERE old.hidden = 0 AND old.text <> '';
    INSERT INTO messages_fts(rowid, text)
      SELECT new.id, substr(new.text, 1, 1000000) WHERE new.hidden = 0 AND new.text <> '';
  END;

  -- Names of files beside the database, in place of tool_args and tool_result that are large.
  ALTER TABLE messages ADD COLUMN args_file TEXT;
  ALTER TABLE messages ADD COLUMN result_file TEXT;
  CREATE INDEX messages_by_args_file ON messages(args_file) WHERE args_file IS NOT NULL;
  CREATE INDEX messages_by_result_file ON messages(result_file) WHERE result_file IS NOT NULL;

  -- JSON, of a branch that is not whole yet: the process that copies it. Nobody is shown such a session.
  ALTER TABLE sessions ADD COLUMN maker TEXT;
  CREATE INDEX sessions_being_made ON sessions(key) WHERE maker IS NOT NULL;
  `,
]
