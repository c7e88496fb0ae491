import { isSecretName } from "../redact.ts";

/** Environment variables, as `process.env` has them. */
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The environment that a child may have: all of `env` but the variables with a secret's name (HELMCAST_ADMIN_PASSWORD, anything that ends in
 * PASSWORD, SECRET or TOKEN). Children need none of them: what a child must know goes to it by stdin or by a file of mode 0600.
 */
export function withoutSecrets(env: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || isSecretName(name) ? [] : [[name, value]])),
  );
}

/**
 * Takes the variables with a secret's name out of `env` itself. A program calls it with its own environment as soon as its settings are read:
 * whatever it starts from then on, by any means, inherits none of them.
 */
export function forgetSecrets(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(env).filter(isSecretName)) {
    delete env[name];
  }
}
