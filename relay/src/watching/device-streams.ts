import type { Clock, Log } from "@helmcast/runtime";
import { gatewayUser } from "../auth/engine-callback.ts";
import type { RtspSession } from "../engine/api/api-schema.ts";
import type { Devices } from "../state/devices.ts";
import type { DeviceProofs } from "./device-proofs.ts";
import { createEngineKicker } from "./engine-kicker.ts";

/** How often RTSP sessions are looked through, in ms. */
const sweepEveryMs = 10_000;
/** How long a publisher goes on after its device's last token has expired, in ms: the relay or the way to it may be away while it renews. */
export const expiryGraceMs = 120_000;
/** When the sessions of a removed device are asked for again, in ms: one may just have been let in. */
const againAfterMs = [200, 800, 2000] as const;

/** What this needs of the engine's API. */
export type RtspControl = {
  rtspSessions(): Promise<ReadonlyArray<Pick<RtspSession, "id" | "user">>>;
  kickRtsp(id: string): Promise<boolean>;
};

/** The devices' own sessions at the engine, which do not go through the gateway: it lets them in, and has them cut. */
export type DeviceStreams = {
  /** Ends everything that a device sends and reads by RTSP. */
  endDevice(device: string): void;
  start(): void;
  stop(): void;
};

/** What {@link createDeviceStreams} is made of. */
export type DeviceStreamsParts = {
  readonly control: RtspControl;
  readonly devices: Pick<Devices, "get">;
  readonly proofs: Pick<DeviceProofs, "newest">;
  readonly clock: Clock;
  readonly log: Log;
};

/** The devices' sessions over the engine's API. */
export function createDeviceStreams(parts: DeviceStreamsParts): DeviceStreams {
  const { control, devices, proofs, clock, log } = parts;
  const kicker = createEngineKicker({ cut: (id) => control.kickRtsp(id), clock, log });
  const timers = new Set<() => void>();
  let stopped = false;
  const after = (delayMs: number, run: () => void) => {
    if (stopped) {
      return;
    }
    const cancel = clock.after(
      delayMs,
      () => {
        timers.delete(cancel);
        run();
      },
      true,
    );
    timers.add(cancel);
  };
  const cutWhere = async (test: (user: string) => boolean) => {
    try {
      const sessions = await control.rtspSessions();
      sessions.filter(({ user }) => user !== "" && user !== gatewayUser && test(user)).forEach(({ id }) => void kicker.kick(id));
    } catch (error) {
      // Asked again soon; an engine that restarts meanwhile has no sessions left.
      log.debug({ err: error }, "the engine's RTSP sessions could not be listed");
    }
  };
  const isOver = (user: string) => {
    const proof = proofs.newest(user);
    return proof === null || proof.generation !== devices.get(user)?.generation || clock.wallMs() > proof.expMs + expiryGraceMs;
  };
  const planSweep = () => {
    after(sweepEveryMs, () => {
      void cutWhere(isOver);
      planSweep();
    });
  };
  return {
    endDevice(device) {
      void cutWhere((user) => user === device);
      for (const delayMs of againAfterMs) {
        // It may have been enrolled anew meanwhile and be back with a proof for that; what it sends now is its right.
        after(delayMs, () => void cutWhere((user) => user === device && isOver(user)));
      }
    },
    start: planSweep,
    stop() {
      stopped = true;
      timers.forEach((cancel) => void cancel());
      timers.clear();
      kicker.stop();
    },
  };
}
