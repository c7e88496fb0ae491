import { z } from "zod";

/** The only signature algorithm that tokens may have; verification pins it. */
export const tokenAlgorithm = "HS256";

/** Lifetimes in seconds. Short: a stolen token dies by itself, and revocation is checked on every use besides. */
export const tokenLifetimesS = { access: 600, device: 900 } as const;

/** Claims of an access token: who (`sub`), which session (`sid`), of a person, of a visitor by a share link, or of a device. Rights are looked up live, never carried. */
export const accessClaimsSchema = z.object({
  iss: z.literal("helmcast"),
  sub: z.string().min(1),
  sid: z.string().min(1),
  kind: z.enum(["user", "share", "device"]),
  iat: z.number().int(),
  exp: z.number().int(),
});
/** Claims of an access token. */
export type AccessClaims = z.infer<typeof accessClaimsSchema>;
