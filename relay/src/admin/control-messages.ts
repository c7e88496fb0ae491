import { z } from "zod";

/** Addresses that only the control socket has, beside those of the public interface. */
export const controlRoutes = { about: "/control/about", keys: "/control/keys", backup: "/control/backup" } as const;

/** `GET /control/about`, answer: who answers, and the address under which devices reach this relay. */
export const aboutReplySchema = z.object({ pid: z.number().int().positive(), relayUrl: z.string() });

/** `POST /control/keys`, answer: the id of the new key. */
export const keysReplySchema = z.object({ kid: z.string() });

/** `POST /control/backup`, request: an absolute path where no file is. */
export const backupRequestSchema = z.strictObject({ file: z.string().min(2).max(4096).startsWith("/") });
