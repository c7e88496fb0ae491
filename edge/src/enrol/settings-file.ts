import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { AppError } from "@helmcast/config";
import { type EdgeSettings, loadEdgeSettings } from "@helmcast/config/load";

/** What is known from a settings file: nothing, what is wrong with it, or its settings; `relay` null when it says nothing of the relay. */
export type FoundSettings =
  | { readonly kind: "none" }
  | { readonly kind: "faulty"; readonly faults: readonly string[] }
  | { readonly kind: "found"; readonly settings: EdgeSettings; readonly relay: EdgeSettings["relay"] | null };

/** Where to look. */
export type SettingsPlace = { readonly path: string; readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string };

/** Reads the settings file if there is one. A file with cameras only is taken too: what it lacks is what enrolling brings. */
export function findSettings({ path, env, cwd }: SettingsPlace): FoundSettings {
  if (!existsSync(path)) {
    return { kind: "none" };
  }
  const argv = ["--config", path];
  const whole = loadEdgeSettings({ argv, env, cwd });
  if (whole.ok) {
    return { kind: "found", settings: whole.settings, relay: whole.settings.relay };
  }
  const standIn = { HELMCAST_EDGE_RELAY_URL: "http://127.0.0.1", HELMCAST_EDGE_SECRET_FILE: "none" };
  const rest = loadEdgeSettings({ argv, env: { ...env, ...standIn }, cwd });
  return rest.ok ? { kind: "found", settings: rest.settings, relay: null } : { kind: "faulty", faults: whole.faults };
}

/** What enrolling found out, for the settings file. */
export type EnrolledAs = { readonly site: string; readonly device: string; readonly relayUrl: string; readonly secretFile: string };

/**
 * Writes the smallest settings file, with a test picture for a camera. The file must not exist.
 * @throws AppError HC_EDGE_FILE_NOT_WRITTEN
 */
export async function writeFirstSettings(path: string, enrolled: EnrolledAs): Promise<void> {
  const text = `# Settings of the Helmcast edge agent; "npm run edge -- --help" explains them.
site: ${enrolled.site}
device: ${enrolled.device}
relay:
  url: ${enrolled.relayUrl}
  secretFile: ${JSON.stringify(shorten(path, enrolled.secretFile))}
cameras:
  # A picture that needs no camera. Put your own in its place.
  - id: front
    name: Front camera
    source: { type: test }
`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    throw new AppError("HC_EDGE_FILE_NOT_WRITTEN", { detail: `The file is ${path}.`, cause });
  }
}

/** The lines of an existing settings file that do not fit what the relay said, as they have to be. A person's file is theirs to change. */
export function listNeededChanges(path: string, found: FoundSettings & { kind: "found" }, enrolled: EnrolledAs): readonly string[] {
  const { settings, relay } = found;
  const secretFile = JSON.stringify(shorten(path, enrolled.secretFile));
  return [
    settings.device === enrolled.device ? null : `device: ${enrolled.device}`,
    settings.site === enrolled.site ? null : `site: ${enrolled.site}`,
    relay !== null && new URL(relay.url).origin === enrolled.relayUrl && relay.secretFile === enrolled.secretFile
      ? null
      : `relay: { url: ${JSON.stringify(enrolled.relayUrl)}, secretFile: ${secretFile} }`,
  ].filter((line) => line !== null);
}

/** A path below the settings file's folder is written from there, so that the folder can be moved as a whole. */
function shorten(settingsPath: string, path: string): string {
  const short = relative(dirname(settingsPath), path);
  return short.startsWith("..") ? path : short;
}
