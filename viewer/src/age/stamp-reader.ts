import { averageCells, decodeStamp, stampGeometry, stampLayout, unwrapStamp } from "@helmcast/config";

/** The strip is shrunk or stretched to 32 cells of this size before its pixels are read: 2048 pixels, whatever the camera's resolution. */
const cellPx = 8;
const readWidth = stampLayout.columns * cellPx;

/**
 * Reads the stamp strip of the frame that a video element shows now. The answer is the camera's wall clock in milliseconds since
 * 1970 when the frame met the edge's filter, or null where no strip can be read.
 */
export type StampReader = (video: HTMLVideoElement, nearWallMs: number) => number | null;

/** Makes a reader with a canvas of its own. */
export function createStampReader(document: Document): StampReader {
  const canvas = document.createElement("canvas");
  canvas.width = readWidth;
  canvas.height = cellPx;
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  return (video, nearWallMs) => {
    const { videoWidth, videoHeight } = video;
    if (context === null || videoWidth === 0 || videoHeight === 0) {
      return null;
    }
    const strip = stampGeometry(videoWidth, videoHeight);
    const stripWidth = strip.cellWidth * stampLayout.columns;
    context.drawImage(video, strip.x, strip.y, stripWidth, strip.height, 0, 0, readWidth, cellPx);
    const pixels = context.getImageData(0, 0, readWidth, cellPx).data;
    const reading = decodeStamp(averageCells(greenOf(pixels), readWidth, cellPx));
    return reading.ok ? unwrapStamp(reading.moduloMs, nearWallMs) : null;
  };
}

/** Cells are black or white, so one colour channel is the brightness. */
function greenOf(pixels: Uint8ClampedArray): Uint8Array {
  const gray = new Uint8Array(readWidth * cellPx);
  for (let index = 0; index < gray.length; index++) {
    gray[index] = pixels[index * 4 + 1] ?? 0;
  }
  return gray;
}
