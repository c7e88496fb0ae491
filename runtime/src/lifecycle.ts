import { AppError } from "@helmcast/config";
import { type Clock, systemClock } from "./clock.ts";
import type { Log } from "./log.ts";

/** A part with a life. `stop()` also ends a start that is under way, and may be called more than once. */
export type Service = { readonly name: string; start(): Promise<void>; stop(): Promise<void> };

/** Longest wait for one service's stop. Children get KILL after 2 s, so a service that needs 8 s hangs. */
const defaultStopLimitMs = 8000;

/** Settings of a lifecycle that tests change. */
export type LifecycleOptions = { readonly clock?: Clock; readonly stopLimitMs?: number };

/**
 * Starts services in order and stops them in reverse. When one does not start, those before it are stopped again and `start` rejects with
 * its error. `stop` never rejects, is bounded for each service, and one that fails or hangs does not keep the others from being stopped.
 */
export function runLifecycle(services: readonly Service[], log: Log, options: LifecycleOptions = {}): Omit<Service, "name"> {
  const { clock = systemClock, stopLimitMs = defaultStopLimitMs } = options;
  const begun: Service[] = [];
  let stopped: Promise<void> | null = null;

  const stopAll = async (): Promise<void> => {
    for (let service = begun.pop(); service !== undefined; service = begun.pop()) {
      await stopOne(service, log, clock, stopLimitMs);
    }
  };
  const stop = (): Promise<void> => {
    stopped ??= stopAll();
    return stopped;
  };
  const start = async (): Promise<void> => {
    for (const service of services) {
      if (stopped !== null) {
        throw new AppError("HC_START_CANCELLED");
      }
      begun.push(service);
      log.debug({ service: service.name }, "starting");
      try {
        await service.start();
      } catch (error) {
        await stop();
        throw error;
      }
      if (stopped !== null) {
        await stopOne(service, log, clock, stopLimitMs);
      }
    }
    if (stopped !== null) {
      throw new AppError("HC_START_CANCELLED");
    }
  };
  return { start, stop };
}

async function stopOne(service: Service, log: Log, clock: Clock, limitMs: number): Promise<void> {
  log.debug({ service: service.name }, "stopping");
  await new Promise<void>((resolve) => {
    const cancel = clock.after(limitMs, () => {
      log.error({ service: service.name, limitMs }, "did not stop in time, going on");
      resolve();
    });
    const done = (): void => {
      cancel();
      resolve();
    };
    const fail = (error: unknown): void => {
      log.error({ service: service.name, err: error }, "could not be stopped cleanly");
      done();
    };
    try {
      service.stop().then(done, fail);
    } catch (error) {
      fail(error);
    }
  });
}
