import type { BrowserContext, Page } from "@playwright/test";
import type { PlainWay } from "../page/plain-player.ts";

/** How the picture comes to the browser in one row of the table. */
export type Way = PlainWay;

/** A page that can join and leave the camera. Its sampler counts from the moment of `join`. */
export type Seat = { readonly page: Page; join(): Promise<void>; leave(): Promise<void> };

/** One relay that runs, with a camera that publishes to it. */
export type Target = {
  readonly ways: readonly Way[];
  /** Opens a page in a fresh context and makes it ready to join. */
  openSeat(context: BrowserContext, way: Way): Promise<Seat>;
  close(): Promise<void>;
};

/** A relay that can be started for the table. */
export type TargetKind = { readonly name: string; readonly start: () => Promise<Target> };
