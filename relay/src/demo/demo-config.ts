import { stringify } from "yaml";

/** The device that the demo enrols, of the first seed's topics. */
export const demoDevice = "picarx";

/** The demo's settings for the edge agent: one test picture and a vehicle that exists in the program only. */
export function writeDemoConfig(site: string): string {
  const settings = {
    site,
    device: demoDevice,
    cameras: [{ id: "front", name: "Front camera", source: { type: "test", width: 1280, height: 720, fps: 30 } }],
    drive: { type: "simulated" },
  };
  return `# Written anew at each start. Copy it, change the copy, and name it in HELMCAST_DEMO_CONFIG.\n${stringify(settings)}`;
}
