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
  `
  -- What a model is told in place of older messages, which stay as they are. The newest one that is not undone holds.
  CREATE TABLE compactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('asked', 'full', 'overflow')),
    -- Ids of messages: the summary stands for all up to \`covers\` (0: none); results of tools up to \`outlines\` are told
    -- by their beginning. Place of its line in the transcript: behind \`after_id\`.
    covers INTEGER NOT NULL,
    outlines INTEGER NOT NULL,
    after_id INTEGER NOT NULL,
    -- The turn that ran when it was made
    turn_id INTEGER,
    summary TEXT NOT NULL,
    -- How many messages the summary is of, and how many results were cut, that were told in full before
    messages INTEGER NOT NULL,
    results INTEGER NOT NULL,
    tokens_before INTEGER NOT NULL,
    tokens_after INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    -- What the summary cost
    calls INTEGER NOT NULL DEFAULT 0,
    tokens_input INTEGER NOT NULL DEFAULT 0,
    tokens_output INTEGER NOT NULL DEFAULT 0,
    tokens_cache_read INTEGER NOT NULL DEFAULT 0,
    tokens_cache_write INTEGER NOT NULL DEFAULT 0,
    tokens_reasoning INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX compactions_by_session ON compactions(session_key, id);
  `,
  `
  -- Images of prompts, in order: which file beside the database has each. The label stands for it in the prompt.
  CREATE TABLE prompt_images (
    turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (turn_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX prompt_images_by_file ON prompt_images(file);
  `,
  `
  -- Of user messages: what the model is told behind the text, and nobody is shown. NULL: nothing was looked for yet.
  ALTER TABLE messages ADD COLUMN attached TEXT;
  `,
  `
  -- What each model took in each turn, and what that cost when it was done. No foreign key: what is deleted was paid for.
  CREATE TABLE spending (
    id INTEGER PRIMARY KEY,
    session_key TEXT NOT NULL,
    turn_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    -- Calls of whose cost nothing is known; the rest cost \`usd\`.
    unpriced INTEGER NOT NULL,
    tokens_input INTEGER NOT NULL,
    tokens_output INTEGER NOT NULL,
    tokens_cache_read INTEGER NOT NULL,
    tokens_cache_write INTEGER NOT NULL,
    tokens_reasoning INTEGER NOT NULL,
    usd REAL NOT NULL,
    -- By how much it would have been dearer without caching.
    saved_usd REAL NOT NULL
  ) STRICT;
  CREATE INDEX spending_by_session ON spending(session_key);
  CREATE INDEX spending_by_turn ON spending(turn_id);
  CREATE INDEX spending_by_time ON spending(at);

  -- How much the model is to think in this session; NULL: as it is configured.
  ALTER TABLE sessions ADD COLUMN effort TEXT;
  `,
  `
  -- Images that go along with the next prompt of a session, which need not be stored yet.
  CREATE TABLE attached_images (
    session_key TEXT NOT NULL,
    label TEXT NOT NULL,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (session_key, label)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attached_images_by_file ON attached_images(file);

  -- Where \`file\` is a scaled copy: which file has the image as it was given.
  ALTER TABLE prompt_images ADD COLUMN original TEXT;
  CREATE INDEX prompt_images_by_original ON prompt_images(original);
  `,
  `
  -- Of user messages that were said to a turn while it ran: their own id. NULL: the prompt of its turn.
  ALTER TABLE messages ADD COLUMN steer_id TEXT;
  CREATE INDEX messages_by_steer ON messages(steer_id) WHERE steer_id IS NOT NULL;

  -- The call of the turn whose result the image is of; NULL: of the prompt.
  ALTER TABLE prompt_images ADD COLUMN tool_id TEXT;
  `,
  `
  -- JSON (ContextFill): how full the context was when it was last known. NULL: not known, or of another model.
  ALTER TABLE sessions ADD COLUMN context TEXT;
  `,
  `
  -- Commands that run beside their session: a row before one is started.
  CREATE TABLE jobs (
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    command TEXT NOT NULL,
    cwd TEXT NOT NULL,
    mark TEXT NOT NULL,
    -- Of the process that minds it
    pid INTEGER,
    birth TEXT,
    boot TEXT,
    state TEXT NOT NULL CHECK (state IN ('running', 'ended', 'stopped', 'lost')),
    exit_code INTEGER,
    -- It goes on after its session
    kept INTEGER NOT NULL DEFAULT 0,
    -- Bytes of its output that the model has read, and whether it was told of the end
    read_to INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (session_key, number)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What files were before the acts of a turn (turn_id), or before they were put back (NULL). A turn that goes on after
  -- files were put back has a second one: the newest of a session is the one that is added to.
  CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    turn_id INTEGER REFERENCES turns(id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    -- What is not covered, in words
    gaps TEXT,
    -- Of files that were put back: to before which checkpoint
    target INTEGER,
    -- The same: it is still to be done, as it stands in its files
    pending INTEGER NOT NULL DEFAULT 0,
    -- The same, when it is done: its line in the transcript, behind the message \`after_id\`
    line TEXT,
    after_id INTEGER,
    -- The same: what the model is to be told of it with the next prompt; NULL: nothing, or it was told
    note TEXT
  ) STRICT;
  CREATE INDEX checkpoints_by_session ON checkpoints(session_key, id);
  CREATE INDEX checkpoints_by_turn ON checkpoints(turn_id);
  CREATE INDEX checkpoints_pending ON checkpoints(session_key) WHERE pending = 1;
  CREATE INDEX checkpoints_untold ON checkpoints(session_key) WHERE note IS NOT NULL;
  CREATE TABLE checkpoint_files (
    checkpoint_id INTEGER NOT NULL REFERENCES checkpoints(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    -- States as text: before the first act, after the last one, and, where that may not have come about, just before it
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    prior TEXT,
    -- Name of the content of \`before\`
    content TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (checkpoint_id, path)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX checkpoint_files_by_content ON checkpoint_files(content) WHERE content IS NOT NULL;
  CREATE INDEX checkpoint_files_by_path ON checkpoint_files(path, at);

  -- Contents that are stored in the folder of checkpoints. A row comes before its file and goes after it.
  CREATE TABLE checkpoint_contents (
    name TEXT PRIMARY KEY NOT NULL,
    bytes INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The last look at the workspace of a session, and the contents that it names. \`turn_id\`: of a command that runs, or ran when its process ended.
  CREATE TABLE checkpoint_looks (
    session_key TEXT PRIMARY KEY NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    turn_id INTEGER,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoint_kept (
    session_key TEXT NOT NULL REFERENCES checkpoint_looks(session_key) ON DELETE CASCADE,
    content TEXT NOT NULL,
    look_at INTEGER NOT NULL,
    PRIMARY KEY (session_key, content)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX checkpoint_kept_by_content ON checkpoint_kept(content);
  `,
  `
  -- JSON (ShellState): what commands of the session hand on to each other.
  ALTER TABLE sessions ADD COLUMN shell_state TEXT;
  `,
  `
  -- What MCP servers said of themselves when the person took them. \`identity\`: hash of what is started or asked, so that
  -- a server of another project under the same name has none of it. \`definitions\`: JSON (Definitions), \`hash\` of its tools.
  CREATE TABLE mcp_pins (
    server TEXT NOT NULL,
    identity TEXT NOT NULL,
    hash TEXT NOT NULL,
    definitions TEXT NOT NULL,
    pinned_at INTEGER NOT NULL,
    PRIMARY KEY (server, identity)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Sessions that work for another one: tasks that a call of its model delegates, and prompts that run beside it. A row
  -- comes before its session. \`call_id\`: the call, which has no result yet when \`round\` others of its turn with that id have one;
  -- NULL of a prompt beside the session.
  CREATE TABLE agents (
    key TEXT PRIMARY KEY NOT NULL,
    parent_key TEXT NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    turn_id INTEGER,
    call_id TEXT,
    round INTEGER NOT NULL,
    position INTEGER NOT NULL,
    -- JSON (AgentTask)
    task TEXT NOT NULL,
    state TEXT NOT NULL,
    -- JSON (AgentPlace): where it writes
    place TEXT,
    -- JSON (AgentResult): what came of it
    result TEXT,
    -- Without the time that the person was waited for, milliseconds
    worked_ms INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX agents_by_parent ON agents(parent_key, started_at);
  CREATE UNIQUE INDEX agents_by_call ON agents(turn_id, call_id, round, position) WHERE turn_id IS NOT NULL;
  `,
]
