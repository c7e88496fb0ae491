import { decodeStamp, unwrapStamp } from "@helmcast/config";
import type { Page } from "@playwright/test";

/** What lay on top of the stage at one display refresh. */
export type StageSample = {
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  /** `whep`, `hls`, `kept` or `none`. */
  readonly top: string;
  /** Mean brightness of the picture, 0 to 255. */
  readonly luma: number;
  /** Capture time read from the picture's strip, ms since 1970; null where no strip can be read. */
  readonly stampMs: number | null;
  /** The page's own figures at that moment. */
  readonly shownAgeMs: number | null;
  readonly frames: number;
  readonly state: string;
  readonly status: string;
};

type RawSample = Omit<StageSample, "stampMs"> & { readonly levels: readonly number[] };
type SamplerWindow = { helmcastSamples?: RawSample[] };

/** Begins to sample the stage at each display refresh. The page must show one. */
export async function beginSampling(page: Page): Promise<void> {
  await page.evaluate(sampleInPage);
}

/** Samples since the last call, oldest first. */
export async function takeSamples(page: Page): Promise<readonly StageSample[]> {
  const raw = await page.evaluate(() => (window as unknown as SamplerWindow).helmcastSamples?.splice(0) ?? []);
  return raw.map(({ levels, ...sample }) => {
    const reading = decodeStamp(levels);
    return { ...sample, stampMs: reading.ok ? unwrapStamp(reading.moduloMs, sample.atMs) : null };
  });
}

/** Samples the stage for so long, ms. */
export async function sampleFor(page: Page, durationMs: number): Promise<readonly StageSample[]> {
  await takeSamples(page);
  await page.waitForTimeout(durationMs);
  return await takeSamples(page);
}

/**
 * Gathers samples until `enough` says so of all gathered, and returns them.
 * @throws Error that names `what` and the last sample after `limitMs`
 */
export async function sampleUntil(
  page: Page,
  what: string,
  enough: (samples: readonly StageSample[]) => boolean,
  limitMs: number,
): Promise<readonly StageSample[]> {
  const samples: StageSample[] = [];
  const endMs = performance.now() + limitMs;
  for (;;) {
    samples.push(...(await takeSamples(page)));
    if (enough(samples)) {
      return samples;
    }
    if (performance.now() > endMs) {
      throw new Error(`waited ${limitMs} ms for ${what}; last sample: ${JSON.stringify(samples.at(-1))}`);
    }
    await page.waitForTimeout(100);
  }
}

/** How far the picture steps back in time at the worst, ms; 0 when it never does. */
export function largestStepBackMs(samples: readonly StageSample[]): number {
  let newestMs = Number.NEGATIVE_INFINITY;
  let worstMs = 0;
  for (const { stampMs } of samples) {
    if (stampMs !== null) {
      worstMs = Math.max(worstMs, newestMs - stampMs);
      newestMs = Math.max(newestMs, stampMs);
    }
  }
  return worstMs;
}

/** Different capture times among samples, ascending. */
export function distinctStamps(samples: readonly StageSample[]): readonly number[] {
  const stamps = new Set(samples.flatMap(({ stampMs }) => (stampMs === null ? [] : [stampMs])));
  return [...stamps].sort((a, b) => a - b);
}

/** Middle value of a list that is not empty. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs in the page, so it may use nothing from outside. The strip's geometry is that of `stampGeometry` in the contract. */
function sampleInPage(): void {
  const maxSamples = 6000;
  const cells = 32;
  const cellPx = 8;
  const holder = window as unknown as SamplerWindow;
  const isFirst = holder.helmcastSamples === undefined;
  holder.helmcastSamples = [];
  if (!isFirst) {
    return;
  }
  const makeContext = (width: number, height: number): CanvasRenderingContext2D => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    if (context === null) {
      throw new Error("this browser has no 2d canvas");
    }
    return context;
  };
  const strip = makeContext(cells * cellPx, cellPx);
  const small = makeContext(32, 18);
  const sizeOf = (layer: HTMLVideoElement | HTMLCanvasElement) =>
    layer instanceof HTMLVideoElement
      ? { width: layer.videoWidth, height: layer.videoHeight }
      : { width: layer.width, height: layer.height };
  const readLevels = (layer: HTMLVideoElement | HTMLCanvasElement): number[] => {
    const { width, height } = sizeOf(layer);
    const stripHeight = Math.max(8, 2 * Math.round(height / 90));
    const stripWidth = Math.max(2, 2 * Math.floor(width / cells / 2)) * cells;
    strip.fillRect(0, 0, cells * cellPx, cellPx);
    strip.drawImage(layer, 0, height - stripHeight, stripWidth, stripHeight, 0, 0, cells * cellPx, cellPx);
    const { data } = strip.getImageData(0, 0, cells * cellPx, cellPx);
    return Array.from({ length: cells }, (_, cell) => {
      let sum = 0;
      for (let y = 2; y < 6; y++) {
        for (let x = 2; x < 6; x++) {
          sum += data[4 * (y * cells * cellPx + cell * cellPx + x) + 1] ?? 0;
        }
      }
      return sum / 16;
    });
  };
  const readLuma = (layer: HTMLVideoElement | HTMLCanvasElement): number => {
    // Black first: a layer that has nothing to draw must not show the picture before it.
    small.fillRect(0, 0, 32, 18);
    small.drawImage(layer, 0, 0, 32, 18);
    const { data } = small.getImageData(0, 0, 32, 18);
    let sum = 0;
    for (let index = 0; index < data.length; index += 4) {
      sum += 0.299 * (data[index] ?? 0) + 0.587 * (data[index + 1] ?? 0) + 0.114 * (data[index + 2] ?? 0);
    }
    return sum / (data.length / 4);
  };
  const sample = (): void => {
    requestAnimationFrame(sample);
    const page = document.querySelector<HTMLElement>("#stage");
    const stage = document.querySelector<HTMLElement>(".stage[data-top]");
    const samples = holder.helmcastSamples;
    if (page === null || stage === null || samples === undefined || samples.length >= maxSamples) {
      return;
    }
    const top = stage.dataset["top"] ?? "none";
    const layer = stage.querySelector<HTMLVideoElement | HTMLCanvasElement>(`.layer-${top}`);
    const age = page.dataset["ageMs"] ?? "";
    const luma = layer === null ? 0 : readLuma(layer);
    const levels = layer === null ? [] : readLevels(layer);
    samples.push({
      // After the reading: on a busy machine a newer frame can come in between, and no picture may seem to be from the future.
      atMs: Date.now(),
      top,
      luma,
      levels,
      shownAgeMs: age === "" ? null : Number(age),
      frames: Number(page.dataset["frames"] ?? "0"),
      state: page.dataset["state"] ?? "",
      status: document.querySelector("#status-line")?.textContent ?? "",
    });
  };
  requestAnimationFrame(sample);
}
