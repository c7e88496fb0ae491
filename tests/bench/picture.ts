import { cpus } from "node:os";
import { type Browser, chromium } from "@playwright/test";
import { type EngineProgram, findEngines } from "../contract/rig/engines.ts";
import { type Figures, summarize } from "./figures.ts";
import { type Look, look } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { buildPageScript } from "./page/build-script.ts";
import { type Row, writeReport } from "./report.ts";
import type { Cleanup } from "./rig/cleanup.ts";
import { startHelmcast } from "./rig/helmcast.ts";
import { startPlain } from "./rig/plain.ts";
import type { TargetKind, Way } from "./rig/target.ts";

/** Each relay is looked at twice, the second time in the reverse order, so that a machine that gets busier favours nobody. */
const rounds = 2;
/** Joins of each round: eight in all. */
const joinsPerRound = 4;
/** How Chromium is started for measurements. */
export const chromiumArgs = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  ...["--disable-component-update", "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required"],
];

type Kind = TargetKind & { readonly helmcast: boolean };

function listTargets(options: BenchOptions, engines: readonly EngineProgram[], cleanup: Cleanup): Kind[] {
  const mediamtx = engines.find((engine) => engine.kind === "mediamtx")?.command ?? null;
  const embedded: Kind = { name: "Helmcast gateway + embedded relay", helmcast: true, start: () => startHelmcast(null, cleanup) };
  const external: Kind[] =
    mediamtx === null
      ? []
      : [
          { name: "Helmcast gateway + MediaMTX", helmcast: true, start: () => startHelmcast(mediamtx, cleanup) },
          { name: "MediaMTX straight", helmcast: false, start: () => startPlain(mediamtx, cleanup) },
        ];
  return [...(options.engines.includes("embedded") ? [embedded] : []), ...(options.engines.includes("mediamtx") ? external : [])];
}

async function measureAll(browser: Browser, kinds: readonly Kind[], options: BenchOptions, say: (line: string) => void): Promise<Row[]> {
  const script = buildPageScript();
  const looks = new Map<string, { readonly kind: Kind; readonly way: Way; readonly list: Look[] }>();
  const plan = { joins: joinsPerRound, watchMs: (options.seconds * 1000) / rounds };
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? kinds : [...kinds].reverse()) {
      const label = `round ${round + 1} of ${rounds}, ${kind.name}`;
      say(`  ${label}: starting`);
      const target = await kind.start();
      try {
        for (const way of target.ways) {
          const seen = await look(browser, script, target, way, plan);
          say(`  ${label}, ${way}: ${describeFigures(summarize([seen]))}`);
          const key = `${kind.name} ${way}`;
          const entry = looks.get(key) ?? { kind, way, list: [] };
          entry.list.push(seen);
          looks.set(key, entry);
        }
      } finally {
        await target.close();
      }
    }
  }
  return [...looks.values()].map(({ kind, way, list }) => ({
    relay: kind.name,
    way,
    helmcast: kind.helmcast,
    figures: summarize(list),
  }));
}

/** One look in a few words, as progress. */
function describeFigures({ ageP50Ms, firstFrameP50Ms, joins }: Figures): string {
  const round = (value: number | null): string => (value === null ? "none" : `${Math.round(value)} ms`);
  return `age ${round(ageP50Ms)}, first frame ${round(firstFrameP50Ms)} over ${joins} joins`;
}

/** The age of the picture in a real browser, Helmcast beside MediaMTX. @throws Error when there is nothing to measure */
export async function measurePicture(options: BenchOptions, cleanup: Cleanup, say: (line: string) => void): Promise<string> {
  const { found } = findEngines();
  const kinds = listTargets(options, found, cleanup);
  if (kinds.length === 0) {
    throw new Error("There is nothing to measure: name a MediaMTX with MEDIAMTX_BIN, or measure the embedded relay.");
  }
  const executablePath = process.env["HELMCAST_CHROMIUM"];
  const browser = await chromium.launch({
    args: chromiumArgs,
    ...(executablePath ? { executablePath } : {}),
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  cleanup.add(() => browser.close());
  const versions = found.filter((engine) => engine.kind === "mediamtx").map((engine) => `, MediaMTX ${engine.about}`);
  const machine = `${cpus().length} processors, Node ${process.versions.node}, Chromium ${browser.version()}${versions.join("")}`;
  say(`Loopback, 720p30 H.264 at 1.5 Mbit/s, key frame every 500 ms; ${machine}`);
  return writeReport(await measureAll(browser, kinds, options, say));
}
