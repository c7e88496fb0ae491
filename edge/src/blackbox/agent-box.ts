import type { BlackBoxRequest } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import type { CameraWithReport } from "../status/device-status.ts";
import { BlackBox } from "./black-box.ts";
import { BlackBoxSender } from "./send-black-box.ts";
import { type DriveTap, tapDrive } from "./tap-drive.ts";

/** What an agent's black box needs. `clock` is the machine's monotonic one. `drive` names the kind of vehicle. */
export type AgentBoxOptions = {
  readonly device: string;
  readonly drive: { readonly kind: string };
  readonly relayUrl: string;
  readonly readToken: () => string | null;
  readonly clock: Clock;
  readonly log: Log;
};

/** The black box as the agent sees it: a service that ends a running upload, and an ear for each thing that happens. */
export type AgentBox = Service & {
  readonly tap: DriveTap;
  noteLink(up: boolean): void;
  noteToken(lifetimeMs: number): void;
  /** Takes the newest reports of all cameras; only what changed is kept. */
  noteCameras(cameras: readonly CameraWithReport[]): void;
  noteMotors(what: string): void;
  /** The relay asks for it. */
  answer(request: BlackBoxRequest): void;
};

/** Makes a black box and what it listens with. */
export function createAgentBox({ device, drive, relayUrl, readToken, clock, log }: AgentBoxOptions): AgentBox {
  const box = new BlackBox({ device, drive, clock });
  const sender = new BlackBoxSender({ box, relayUrl, readToken, log });
  const states = new Map<string, string>();
  const atMs = () => clock.monotonicMs();
  return {
    name: sender.name,
    start: () => sender.start(),
    stop: () => sender.stop(),
    tap: tapDrive(box.record, clock),
    noteLink: (up) => box.record({ kind: "link", atMs: atMs(), up }),
    noteToken: (lifetimeMs) => box.record({ kind: "token", atMs: atMs(), what: "renewed", lifetimeMs }),
    noteCameras(cameras) {
      for (const { camera, report } of cameras) {
        if (states.get(camera.id) !== report.state) {
          states.set(camera.id, report.state);
          box.record({
            kind: "camera",
            atMs: atMs(),
            camera: camera.id,
            state: report.state,
            ...(typeof report.detail === "string" ? { detail: report.detail } : {}),
          });
        }
      }
    },
    noteMotors: (what) => box.record({ kind: "motors", atMs: atMs(), what }),
    answer: ({ path }) => void sender.send(path),
  };
}
