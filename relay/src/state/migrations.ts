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
];
