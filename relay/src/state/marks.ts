import type { DatabaseSync } from "node:sqlite";

/** What has a mark: the hash of the last admin password that came from the settings. */
export type MarkName = "admin-password-setting";

/** Single values to remember. */
export type Marks = {
  get(name: MarkName): string | null;
  set(name: MarkName, value: string): void;
  remove(name: MarkName): void;
};

/** Marks over the state. */
export function createMarks(database: DatabaseSync): Marks {
  const read = database.prepare("SELECT value FROM marks WHERE name = ?");
  const write = database.prepare("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)");
  const erase = database.prepare("DELETE FROM marks WHERE name = ?");
  return {
    get(name) {
      const row = read.get(name);
      return row === undefined ? null : String(row["value"]);
    },
    set(name, value) {
      write.run(name, value);
    },
    remove(name) {
      erase.run(name);
    },
  };
}
