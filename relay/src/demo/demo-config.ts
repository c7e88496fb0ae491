import { stringify } from "yaml";

/** The device that the demo enrols, of the first seed's topics. */
export const demoDevice = "picarx";

/**
 * The demo's settings for the edge agent: a test picture, a vehicle that exists in the program only, and the vehicle seen from above. The second picture costs
 * about a tenth of a core at 640x360 and 30 frames a second, drawing and encoding together.
 */
export function writeDemoConfig(site: string): string {
  const settings = {
    site,
    device: demoDevice,
    cameras: [
      { id: "front", name: "Front camera", source: { type: "test", width: 1280, height: 720, fps: 30 } },
      { id: "car", name: "Car from above", source: { type: "simulated-drive", width: 640, height: 360, fps: 30 }, bitrateKbps: 600 },
    ],
    drive: { type: "simulated", logFile: "car.jsonl" },
  };
  return `# Written anew at each start. Copy it, change the copy, and name it in HELMCAST_DEMO_CONFIG.\n${stringify(settings)}`;
}
