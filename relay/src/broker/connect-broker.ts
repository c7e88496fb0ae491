import { connect, type Socket } from "node:net";
import { defaultPorts } from "@helmcast/config";

/** Opens TCP to a broker at an `mqtt://` address; without a port, to MQTT's own. */
export function connectBroker(url: string): Socket {
  const { hostname, port } = new URL(url);
  // An address of IPv6 stands in brackets in a URL, and without them everywhere else.
  return connect({ host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? defaultPorts.mqtt : Number(port), noDelay: true });
}
