/** What was read from the frame that an element held at one moment. `timeUs` is the media time that the frame itself carries. */
export type ReadFrame<Content> = { readonly timeUs: number; readonly content: Content };

/** Matches frames that were read with frames that were presented, in the order of the callbacks of one element. */
export type FrameMatcher<Content> = {
  /** The content of the frame with media time `presentedUs`, or null when another frame stood in the element. */
  match(presentedUs: number, held: ReadFrame<Content> | null): Content | null;
};

/** Media times come as seconds in a double and as whole microseconds. */
const toleranceUs = 2;

/**
 * Makes a matcher. A callback tells of one presented frame, and by the time it runs the element may hold the next one already: reading
 * that one for this one would make the picture a frame younger than it was. The early frame is kept for its own callback.
 */
export function createFrameMatcher<Content>(): FrameMatcher<Content> {
  let early: ReadFrame<Content> | null = null;
  return {
    match: (presentedUs, held) => {
      const fits = (frame: ReadFrame<Content> | null): frame is ReadFrame<Content> =>
        frame !== null && Math.abs(frame.timeUs - presentedUs) <= toleranceUs;
      const found = [held, early].find(fits)?.content ?? null;
      early = held !== null && !fits(held) ? held : null;
      return found;
    },
  };
}
