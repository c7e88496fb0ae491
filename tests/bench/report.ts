import { drawTable, showFigure, showRatio } from "./draw.ts";
import type { Figures } from "./figures.ts";
import type { Way } from "./rig/target.ts";

/** One row of the table. `helmcast` tells the rows that the targets are for; the others are there to compare with. */
export type Row = { readonly relay: string; readonly way: Way; readonly helmcast: boolean; readonly figures: Figures };

/** What Helmcast must reach. Ages and first frames in ms; 29.5 shown frames of 30 leave room for the ends of the measured span. */
export const targets = { ageMs: { whep: 55, hls: 500 }, firstFrameMs: 500, framesPerSecond: 29.5, blackFrames: 0 } as const;

const wayNames: { readonly [Name in Way]: string } = { whep: "WHEP", "whep-tuned": "WHEP, jitterBufferTarget 0", hls: "LL-HLS" };

const headings = ["relay", "way", "age p50 ms", "age p95 ms", "first frame p50 ms", "frames/s", "black", "no age", "stalls", "joins"];

/** Stands beneath the table: how the figures come about. */
export const footnote = `Age: from the moment at which the camera's filter draws the stamp to the moment at which the browser paints that frame. The stamp is
read from the very frame that requestVideoFrameCallback tells of (media times are compared); "no age" counts the frames for which that
was not possible. Painted: one refresh (17 ms) after the browser handed the frame to its compositor, or its expectedDisplayTime where that
is later. What comes before the stamp (a sensor) and after the browser (a screen) is not in it. First frame: from the wish to watch to
the first painted frame.`;

/** The table with its footnote, the ratios to MediaMTX straight, and the targets. Pure. */
export function writeReport(rows: readonly Row[]): string {
  const table = drawTable([
    headings,
    ...rows.map(({ relay, way, figures }) => [
      relay,
      wayNames[way],
      showFigure(figures.ageP50Ms),
      showFigure(figures.ageP95Ms),
      showFigure(figures.firstFrameP50Ms),
      showFigure(figures.framesPerSecond, 1),
      String(figures.blackFrames),
      `${figures.unreadFrames} of ${figures.frames}`,
      String(figures.stalls),
      figures.failedJoins === 0 ? String(figures.joins) : `${figures.joins} (${figures.failedJoins} failed)`,
    ]),
  ]);
  return [table, footnote, writeRatios(rows), writeTargets(rows)].filter((part) => part !== "").join("\n\n");
}

function writeRatios(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const straight = rows.find((other) => !other.helmcast && other.way === row.way);
    return !row.helmcast || straight === undefined
      ? []
      : [
          [
            row.relay,
            wayNames[row.way],
            showRatio(row.figures.ageP50Ms, straight.figures.ageP50Ms),
            showRatio(row.figures.firstFrameP50Ms, straight.figures.firstFrameP50Ms),
          ],
        ];
  });
  return lines.length === 0
    ? ""
    : `Beside MediaMTX straight = 1 (smaller is better)\n${drawTable([["relay", "way", "age p50", "first frame p50"], ...lines])}`;
}

function writeTargets(rows: readonly Row[]): string {
  const lines = rows
    .filter((row) => row.helmcast)
    .flatMap(({ relay, way, figures }) => {
      const ageGoal = way === "hls" ? targets.ageMs.hls : targets.ageMs.whep;
      const { ageP50Ms, firstFrameP50Ms, framesPerSecond, blackFrames, frames, unreadFrames, failedJoins } = figures;
      const readFrames = frames - unreadFrames;
      const line = (what: string, goal: string, value: string, reached: boolean) => [
        relay,
        wayNames[way],
        what,
        goal,
        value,
        reached ? "reached" : "not reached",
      ];
      return [
        line("age p50", `<= ${ageGoal} ms`, showFigure(ageP50Ms), ageP50Ms !== null && ageP50Ms <= ageGoal),
        line(
          "first frame p50",
          `<= ${targets.firstFrameMs} ms`,
          showFigure(firstFrameP50Ms),
          firstFrameP50Ms !== null && failedJoins === 0 && firstFrameP50Ms <= targets.firstFrameMs,
        ),
        line("frames/s", "30", showFigure(framesPerSecond, 1), framesPerSecond !== null && framesPerSecond >= targets.framesPerSecond),
        line("black frames", "0", `${blackFrames} of ${readFrames}`, readFrames > 0 && blackFrames <= targets.blackFrames),
      ];
    });
  return `Targets\n${drawTable([["relay", "way", "what", "target", "measured", ""], ...lines])}`;
}
