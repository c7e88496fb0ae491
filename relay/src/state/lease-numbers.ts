import type { DatabaseSync } from "node:sqlite";

/** The highest lease number that each device was ever told. They are kept when a device is removed: if it comes back, it may remember. */
export type LeaseNumbers = {
  /** 0 when it was told none yet. */
  last(device: string): number;
  /** On the disk when it returns, so that a number which was used can never come again. A smaller one than before changes nothing. */
  raise(device: string, number: number): void;
};

/** Lease numbers over the state. */
export function createLeaseNumbers(database: DatabaseSync): LeaseNumbers {
  const write = database.prepare(
    "INSERT INTO lease_numbers (device, last) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET last = max(last, excluded.last)",
  );
  const read = database.prepare("SELECT last FROM lease_numbers WHERE device = ?");
  return {
    last: (device) => Number(read.get(device)?.["last"] ?? 0),
    raise(device, number) {
      write.run(device, number);
    },
  };
}
