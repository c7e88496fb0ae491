/** Connections at once, by TCP and WebSocket together. */
export const maxConnections = 1000;
/** Time for CONNECT to come, in ms. */
export const connectTimeoutMs = 5000;
/** How long one connection that does not read may stay, in ms; then it is cut. A minute, as is usual, would let a frozen tab delay a stop. */
export const drainTimeoutMs = 2000;
