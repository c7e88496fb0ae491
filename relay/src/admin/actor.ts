/** Who does something: the name that the audit log keeps, and the address it came from; null where there is none. */
export type Actor = { readonly name: string; readonly address: string | null };

/** Whoever works on the relay's own host with the right to its data folder. A space is in no account name, so nobody can be called this. */
export const commandLine: Actor = { name: "command line", address: null };
