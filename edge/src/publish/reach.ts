import { connect } from "node:net";

/** How long one look may take, ms. */
const lookMs = 2000;

/** Whether anything accepts connections there. A look costs nothing, a start of ffmpeg would open the camera for nothing. */
export function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: lookMs });
    const finish = (ok: boolean) => {
      socket.destroy();
      done(ok);
    };
    socket.once("connect", () => finish(true));
    socket.once("timeout", () => finish(false));
    socket.once("error", () => finish(false));
  });
}
