import { defineErrors } from "./types.ts";

/** Errors of the engine: finding it, starting it, and asking it. */
export const engineErrors = defineErrors({
  HC_ENGINE_BINARY: {
    sentence: "MEDIAMTX_BIN names a program that can't be the engine. Correct it, or unset it so that Helmcast looks for one by itself.",
    status: 500,
    retryable: false,
  },
  HC_ENGINE_NOT_FOUND: {
    sentence:
      "HELMCAST_ENGINE=mediamtx is set, and no MediaMTX could be had. Install MediaMTX, name it in MEDIAMTX_BIN, or set HELMCAST_ENGINE=auto.",
    status: 500,
    retryable: true,
  },
  HC_ENGINE_START: { sentence: "The engine that carries the video did not start.", status: 500, retryable: true },
  HC_ENGINE_NOT_STARTED: { sentence: "The engine that carries the video has not started yet.", status: 503, retryable: true },
  HC_ENGINE_UNREACHABLE: {
    sentence: "The engine that carries the video does not answer. It is restarted by itself; try again in a few seconds.",
    status: 503,
    retryable: true,
  },
  HC_ENGINE_REPLY: {
    sentence: "The engine that carries the video gave an answer that Helmcast can't read.",
    status: 502,
    retryable: false,
  },
  HC_ENGINE_REFUSED: { sentence: "The engine that carries the video refused a request.", status: 502, retryable: false },
  HC_ENGINE_PATH_NAME: {
    sentence: "A stream path is two names of 1 to 32 of a-z, 0-9 and -, with one / between.",
    status: 400,
    retryable: false,
  },
  HC_ENGINE_PATH_LIMIT: {
    sentence: "As many stream paths have settings of their own as the relay keeps. Remove one first.",
    status: 409,
    retryable: false,
  },
});
