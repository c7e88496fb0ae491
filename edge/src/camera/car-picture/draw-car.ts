import type { MotorOutput } from "../../motors/motors.ts";
import type { CarPose } from "../../motors/simulated.ts";

/** A frame's size, pixels, both even. */
export type FrameSize = { readonly width: number; readonly height: number };

/** One colour: luma and the two chroma parts. */
type Colour = readonly [y: number, u: number, v: number];

const ground: Colour = [60, 124, 124];
const gridLine: Colour = [88, 124, 124];
const body: Colour = [120, 90, 200];
const standing: Colour = [110, 128, 128];
const bonnet: Colour = [225, 128, 128];
const look: Colour = [200, 40, 150];

/** The field that the picture shows is four metres wide; the car is drawn larger than a model car, 0.3 by 0.16 m, so that it can be seen on a phone. */
const fieldWidthM = 4;
const gridM = 0.5;
const carLengthM = 0.3;
const carWidthM = 0.16;
const lookLengthM = 0.35;

/** The empty field: ground with a line every half metre, as yuv420p. */
export function drawField(size: FrameSize): Buffer {
  const frame = Buffer.alloc((size.width * size.height * 3) / 2);
  const scale = size.width / fieldWidthM;
  for (let row = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      const isLine = Math.floor(column % (gridM * scale)) < 2 || Math.floor(row % (gridM * scale)) < 2;
      paint(frame, size, column, row, isLine ? gridLine : ground);
    }
  }
  return frame;
}

/**
 * Draws the car into a frame that holds the field. It starts in the middle, ahead is to the right. The field has no end: who leaves it on one side comes
 * back on the other. Grey without throttle; the yellow line is where the camera looks.
 */
export function drawCar(frame: Buffer, size: FrameSize, pose: CarPose, output: MotorOutput): void {
  const scale = size.width / fieldWidthM;
  const x = size.width / 2 + pose.x * scale;
  const y = size.height / 2 + pose.y * scale;
  const dot = (aheadM: number, rightM: number, angle: number, colour: Colour): void => {
    const column = x + (aheadM * Math.cos(angle) - rightM * Math.sin(angle)) * scale;
    const row = y + (aheadM * Math.sin(angle) + rightM * Math.cos(angle)) * scale;
    paint(frame, size, wrap(column, size.width), wrap(row, size.height), colour);
  };
  // Half a pixel between two dots, so that no gap is left however the car stands.
  const step = 0.5 / scale;
  for (let ahead = -carLengthM / 2; ahead <= carLengthM / 2; ahead += step) {
    const colour = ahead > carLengthM / 4 ? bonnet : output.throttle === 0 ? standing : body;
    for (let right = -carWidthM / 2; right <= carWidthM / 2; right += step) {
      dot(ahead, right, pose.heading, colour);
    }
  }
  // A camera that looks down or up sees less far.
  const reach = lookLengthM * Math.cos((output.tilt * Math.PI) / 180);
  for (let ahead = 0; ahead <= reach; ahead += step) {
    dot(ahead, 0, pose.heading + (output.pan * Math.PI) / 180, look);
  }
}

function paint(frame: Buffer, size: FrameSize, column: number, row: number, [luma, u, v]: Colour): void {
  const pixels = size.width * size.height;
  const chroma = (row >> 1) * (size.width >> 1) + (column >> 1);
  frame[row * size.width + column] = luma;
  frame[pixels + chroma] = u;
  frame[pixels + pixels / 4 + chroma] = v;
}

function wrap(value: number, size: number): number {
  return ((Math.floor(value) % size) + size) % size;
}
