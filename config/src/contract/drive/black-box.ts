/** What both ends keep to when a device is asked for its black box. */
export const blackBoxLimits = Object.freeze({
  /** Largest packed box, bytes: a minute of driving and looking around without a pause is a third of it. */
  maxBytes: 1_000_000,
  /** How long a person waits for the device to begin sending, ms. */
  answerMs: 10_000,
});
