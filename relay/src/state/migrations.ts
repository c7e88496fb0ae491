/**
 * The state's history: entry N brings version N to N + 1. Entries are never edited once released, only added.
 * Secrets are stored as hashes; `signing_keys` is the exception, since HS256 needs the key itself, and the file is mode 0600.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  -- device '*' stands for every device, also those enrolled later.
  CREATE TABLE grants (
    account TEXT NOT NULL REFERENCES accounts(name) ON DELETE CASCADE,
    device TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('view', 'drive', 'admin')),
    PRIMARY KEY (account, device)
  ) STRICT;
  -- generation changes when a device is enrolled again, which ends the tokens made before.
  CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    generation TEXT NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE cameras (
    device TEXT NOT NULL,
    camera TEXT NOT NULL,
    name TEXT NOT NULL,
    stamped INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (device, camera)
  ) STRICT;
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts(name) ON DELETE CASCADE,
    cookie_hash TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    secret BLOB NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- A sign-in belongs to an account or to a share link, so its table is built anew; running sign-ins are kept.
  -- family_hash: hash of the part of the cookie that stays the same when it is renewed. confirmed_ms: when the current cookie was first sent to us.
  CREATE TABLE shares (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    camera TEXT NOT NULL,
    label TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    account TEXT REFERENCES accounts(name) ON DELETE CASCADE,
    share_id TEXT REFERENCES shares(id) ON DELETE CASCADE,
    cookie_hash TEXT NOT NULL UNIQUE,
    previous_cookie_hash TEXT,
    family_hash TEXT NOT NULL UNIQUE,
    rotated_ms INTEGER NOT NULL,
    confirmed_ms INTEGER,
    created_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    CHECK ((account IS NULL) <> (share_id IS NULL))
  ) STRICT;
  CREATE INDEX sign_ins_account ON sign_ins (account);
  CREATE INDEX sign_ins_share ON sign_ins (share_id);
  INSERT INTO sign_ins
    SELECT id, account, NULL, cookie_hash, NULL, cookie_hash, created_ms, created_ms, created_ms, created_ms, expires_ms, '', ''
    FROM sessions ORDER BY rowid;
  DROP TABLE sessions;
  CREATE TABLE enrolments (
    code_hash TEXT PRIMARY KEY,
    device TEXT NOT NULL UNIQUE,
    expires_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL
  ) STRICT;
  CREATE TABLE revocations (
    sid TEXT PRIMARY KEY,
    until_ms INTEGER NOT NULL
  ) STRICT;
  -- AUTOINCREMENT: an id is never given twice, so that paging by id and the bound by id hold.
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    device TEXT,
    address TEXT
  ) STRICT;
  CREATE INDEX audit_kind ON audit (kind, id);
  CREATE INDEX audit_actor ON audit (actor, id);
  CREATE INDEX audit_device ON audit (device, id);
  CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Highest number of a driver's lease that a device was told. No reference to devices: it outlives them.
  CREATE TABLE lease_numbers (
    device TEXT PRIMARY KEY,
    last INTEGER NOT NULL
  ) STRICT;
  `,
];
