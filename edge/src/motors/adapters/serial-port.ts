import { AppError } from "@helmcast/config";
import type { MotorSettings } from "@helmcast/config/load";
import type { Clock } from "@helmcast/runtime";
import { type MotorOutput, neutralOutput, type PreparedMotors } from "../motors.ts";
import { createNewestLine } from "../newest-line.ts";

/** The current output is said again this often, ms: firmware can tell silence by it, and a port whose cable is out refuses it even when nothing else is said. */
const repeatMs = 200;

/** Time for the neutral line to leave before the port is closed, ms. */
const flushMs = 200;

/**
 * A microcontroller at a serial port. As text, `T0.250 S-1.000 P0.0 L0.0`: throttle and steer from -1 to 1, pan and tilt ("look") in degrees; as JSON
 * `{"throttle":0.25,"steer":-1,"pan":0,"tilt":0}`. Lines end in LF and are repeated every 200 ms. The port is held exclusively. Firmware should stop by itself after 500 ms of silence:
 * nobody can speak to it when the cable is out.
 */
export async function prepareSerialPort(settings: Extract<MotorSettings, { type: "serial" }>, clock: Clock): Promise<PreparedMotors> {
  const { SerialPort } = await import("serialport").catch((cause: unknown) => {
    throw new AppError("HC_EDGE_SERIALPORT_MISSING", { cause });
  });
  const { path, baudRate, format } = settings;
  return {
    async open(onLost) {
      const port = new SerialPort({ path, baudRate, lock: true, autoOpen: false });
      await new Promise<void>((resolve, reject) => {
        port.open((error) => (error ? reject(refuse(path, error)) : resolve()));
      });
      let closing = false;
      const lose = (detail: string): void => {
        if (!closing) {
          closing = true;
          onLost({ code: "HC_EDGE_DRIVE_LOST", detail: `${path}: ${detail}` });
        }
      };
      port.on("close", () => lose("closed"));
      port.on("error", (error) => lose(error.message));
      // Whatever it says is read and thrown away: a full buffer would block it.
      port.resume();
      const lines = createNewestLine(port, clock, lose);
      let last = neutralOutput;
      const say = (output: MotorOutput): void => lines.write(format === "json" ? JSON.stringify(output) : formatText(output));
      say(last);
      const repeat = (): void => {
        if (!closing) {
          say(last);
          clock.after(repeatMs, repeat, true);
        }
      };
      clock.after(repeatMs, repeat, true);
      return {
        apply(output) {
          last = output;
          say(output);
        },
        async close() {
          if (closing) {
            port.destroy();
            return;
          }
          closing = true;
          say({ ...last, throttle: 0, steer: 0 });
          await lines.flushed(flushMs);
          await new Promise<void>((resolve) => {
            const cancel = clock.after(flushMs, resolve);
            const finish = (): void => {
              cancel();
              resolve();
            };
            port.drain(() => port.close(finish));
          });
        },
      };
    },
    programGroup: () => null,
    discard: () => Promise.resolve(),
  };
}

/** One line of the text protocol, without its end. */
export function formatText(output: MotorOutput): string {
  const { throttle, steer, pan, tilt } = output;
  return `T${throttle.toFixed(3)} S${steer.toFixed(3)} P${pan.toFixed(1)} L${tilt.toFixed(1)}`;
}

/** A port that another process holds exclusively answers EBUSY, EAGAIN or "Cannot lock port". */
function refuse(path: string, error: Error): AppError {
  const isHeld = /lock|busy|temporarily unavailable/i.test(error.message);
  return new AppError(isHeld ? "HC_EDGE_DRIVE_IN_USE" : "HC_EDGE_DRIVE_OPEN", { detail: `${path}: ${error.message}`, cause: error });
}
