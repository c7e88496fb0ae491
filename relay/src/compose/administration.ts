import { join } from "node:path";
import { createAdministration } from "../admin/administration.ts";
import { controlApp } from "../admin/control-app.ts";
import { controlSocket, controlSocketName } from "../admin/control-socket.ts";
import { proveSite } from "../admin/prove-site.ts";
import { findRelayUrl } from "../admin/relay-url.ts";
import type { Revoker } from "../admin/revoker.ts";
import { administrationRoutes } from "../admin/routes.ts";
import type { Identities } from "../auth/identity.ts";
import type { Passwords } from "../auth/password.ts";
import type { EngineStreams } from "../cameras/engine-streams.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { createCodeLimit } from "../enrol/code-limit.ts";
import { createEnrolDevice } from "../enrol/enrol-device.ts";
import { createEnrolmentMaker } from "../enrol/make-enrolment.ts";
import { createCodeRedeemer } from "../enrol/redeem-code.ts";
import { enrolRoutes } from "../enrol/routes.ts";
import { meterDoor } from "../metrics/meter-sign-in.ts";
import type { Meters } from "../metrics/meters.ts";
import { createShareExpiry } from "../shares/expiry.ts";
import { shareRoutes } from "../shares/routes.ts";
import { createShareDesk } from "../shares/share-desk.ts";
import type { State } from "../state/state.ts";
import type { Watches } from "../watching/watches.ts";
import type { GatewayOptions } from "./options.ts";

/** What administration needs of the other parts. */
type AdministrationNeeds = {
  readonly identities: Identities;
  readonly passwords: Passwords;
  readonly revoker: Revoker;
  readonly watches: Watches;
  readonly registry: CameraRegistry;
  readonly streams: EngineStreams;
  readonly meters: Meters;
};

/** People, devices and share links, with the routes to them and the command line's own door. */
export function buildAdministration(options: GatewayOptions, state: State, needs: AdministrationNeeds) {
  const { settings, clock, log } = options;
  const { identities, passwords, revoker, watches, registry, streams, meters } = needs;
  const wallMs = () => clock.wallMs();
  const isOnline = (id: string) =>
    watches.all().some((watch) => watch.kind === "device" && watch.transport === "mqtt" && watch.name === id);
  const administration = createAdministration({ state, passwords, revoker, wallMs, isOnline });
  const makeEnrolment = createEnrolmentMaker({ ...state, wallMs });
  const enrol = createEnrolDevice({ ...state, revoker, wallMs });
  const limit = createCodeLimit(() => clock.monotonicMs());
  const redeemCode = meterDoor(createCodeRedeemer({ ...state, enrol, limit, clock }), "enrolment", meters.signIns);
  const shares = createShareDesk({
    ...state,
    revoker,
    wallMs,
    onChange: () => shareExpiry.reconsider(),
    countWatching: (id) => watches.all().filter((watch) => watch.name === `share:${id}`).length,
  });
  const shareExpiry = createShareExpiry(shares.endExpired, clock, log.child({ part: "shares" }));
  const control = controlSocket(
    controlApp({
      administration,
      createEnrolment: makeEnrolment,
      relayUrl: () => findRelayUrl(settings),
      log: log.child({ part: "control" }),
    }),
    join(settings.dataDir, controlSocketName),
  );
  return {
    enrol,
    control,
    shareExpiry,
    routers: [
      administrationRoutes({ administration, prove: proveSite(identities) }),
      enrolRoutes({ makeEnrolment, redeemCode, limit, prove: proveSite(identities), site: settings.site }),
      shareRoutes({ shares, identities, registry, streams }),
    ],
  };
}
