import { buildTopic } from "@helmcast/config";
import type { Identities } from "../auth/identity.ts";
import { createBlackBoxDesk } from "../blackbox/routes.ts";
import { createBroker } from "../broker/broker.ts";
import { chooseBroker } from "../broker/choose-broker.ts";
import type { Broker } from "../broker/types.ts";
import { createLeases } from "../lease/leases.ts";
import { leaseRoutes } from "../lease/routes.ts";
import type { Meters } from "../metrics/meters.ts";
import type { State } from "../state/state.ts";
import type { Watches } from "../watching/watches.ts";
import type { GatewayOptions } from "./options.ts";

/** What driving needs of the other parts. */
type DrivingNeeds = {
  readonly identities: Identities;
  readonly watches: Watches;
  readonly meters: Meters;
};

/** The broker, who drives, and what a device remembers of it. */
export function buildDriving(options: GatewayOptions, state: State, { identities, watches, meters }: DrivingNeeds) {
  const { settings, clock, log } = options;
  const { site, host, ports } = settings;
  const tell = (topic: string, payload: string) => broker.publish(topic, payload, { qos: 1, retain: false });
  const leases = createLeases({
    state,
    identities,
    watches,
    site,
    clock,
    audit: state.audit,
    log: log.child({ part: "leases" }),
    publish: tell,
  });
  const broker: Broker = createBroker({
    identities,
    watches,
    site,
    host,
    port: ports.mqtt,
    clock,
    log: log.child({ part: "broker" }),
    meter: meters.broker,
    lease: leases,
    choice: chooseBroker(settings, {
      devices: state.devices.ids,
      random: options.random,
      searchPath: options.env["PATH"] ?? "",
    }),
  });
  const blackBox = createBlackBoxDesk({
    identities,
    devices: state.devices,
    clock,
    tellDevice: (device, message) => tell(buildTopic({ site, device, channel: "lease" }), JSON.stringify(message)),
    onTaken: (actor, device, address) =>
      state.audit.add({ atMs: clock.wallMs(), kind: "black-box-taken", actor, subject: device, device, address }),
  });
  return {
    broker,
    leases,
    routers: [leaseRoutes({ leases, identities, devices: state.devices }), blackBox.router],
    close: () => blackBox.close(),
  };
}
