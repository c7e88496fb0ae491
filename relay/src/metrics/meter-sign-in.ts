import { AppError } from "@helmcast/config";
import type { SignIn } from "../auth/sign-in.ts";
import type { Door, DoorResult, SignInMeter } from "./meters.ts";

/** The same doors, of which each secret shown is counted with its result. A gateway that was too busy to look counts nothing. */
export function meterSignIn(signIn: SignIn, meter: SignInMeter): SignIn {
  const watchNow = <Result extends object>(door: Door, enter: () => Result): Result => {
    try {
      return count(meter, door, enter());
    } catch (error) {
      throw countRefusal(meter, door, error);
    }
  };
  return {
    person: meterDoor(signIn.person, "account", meter),
    share: (from, secret, current) => watchNow("share", () => signIn.share(from, secret, current)),
    device: (address, device, secret) => watchNow("device", () => signIn.device(address, device, secret)),
  };
}

/** The same for one door that takes its time. @param enter gives an object with `waitS` when too many tries came before */
export function meterDoor<Args extends readonly unknown[], Result extends object>(
  enter: (...args: Args) => Promise<Result>,
  door: Door,
  meter: SignInMeter,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return count(meter, door, await enter(...args));
    } catch (error) {
      throw countRefusal(meter, door, error);
    }
  };
}

function count<Result extends object>(meter: SignInMeter, door: Door, result: Result): Result {
  const outcome: DoorResult = "waitS" in result ? "limited" : "ok";
  meter.count(door, outcome);
  return result;
}

function countRefusal(meter: SignInMeter, door: Door, error: unknown): unknown {
  if (error instanceof AppError && error.status < 500) {
    meter.count(door, "wrong");
  }
  return error;
}
