import { ensureAdmin, readAdminPassword } from "../auth/first-admin.ts";
import { createIdentities } from "../auth/identity.ts";
import { createKeyRotation } from "../auth/key-rotation.ts";
import { createLoginLimit } from "../auth/login-limit.ts";
import { createPasswords, passwordCost } from "../auth/password.ts";
import { rememberTokens } from "../auth/proven-tokens.ts";
import { authRoutes } from "../auth/routes.ts";
import { createSignIn } from "../auth/sign-in.ts";
import { createSignIns } from "../auth/sign-ins.ts";
import { createTokens } from "../auth/tokens.ts";
import { meterSignIn } from "../metrics/meter-sign-in.ts";
import type { Meters } from "../metrics/meters.ts";
import type { State } from "../state/state.ts";
import { createDeviceProofs, noteIssued } from "../watching/device-proofs.ts";
import type { GatewayOptions } from "./options.ts";

/** Accounts, tokens and signing in. */
export async function buildTrust(options: GatewayOptions, state: State, meters: Meters) {
  const { settings, clock } = options;
  const wallMs = () => clock.wallMs();
  const passwords = createPasswords(options.passwordCost ?? passwordCost);
  const password = await ensureAdmin({ ...state, passwords }, readAdminPassword(settings), wallMs());
  const proofs = createDeviceProofs();
  const tokens = noteIssued(rememberTokens(createTokens(state.signingKeys, wallMs), state.signingKeys, wallMs), proofs);
  const limit = createLoginLimit(() => clock.monotonicMs(), state.sessions.all(wallMs()));
  const listeners: Array<(sessionId: string) => void> = [];
  const onSessionEnd = (sessionId: string) => listeners.forEach((listener) => void listener(sessionId));
  const signInParts = { ...state, tokens, passwords, limit, wallMs, signInEnded: onSessionEnd };
  const signIn = meterSignIn(createSignIn(signInParts), meters.signIns);
  const signIns = createSignIns(signInParts);
  const identities = createIdentities({ tokens, ...state, wallMs, onReuse: signIns.endReused });
  const { ports, site } = settings;
  const routers = [authRoutes({ signIn, signIns, identities, surroundings: { rtspPort: ports.rtsp, mqttPort: ports.mqtt, site } })];
  const keyRotation = createKeyRotation({ ...state, clock, log: options.log.child({ part: "keys" }) });
  return {
    identities,
    passwords,
    proofs,
    password,
    routers,
    keyRotation,
    onSessionEnd: (listener: (sessionId: string) => void) => void listeners.push(listener),
  };
}
