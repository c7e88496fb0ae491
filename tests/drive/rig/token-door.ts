import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { routes, tokenReplySchema } from "@helmcast/config";

/** The door by which a device comes to its token, with another way to the broker behind it. */
export type TokenDoor = { readonly url: string; close(): Promise<void> };

/** Largest request, bytes, and longest wait for an answer, ms: a black box, whose visitor waits too. */
const limits = { bytes: 2 * 1024 * 1024, answerMs: 20_000 } as const;

/** Passes every request on to the gateway as it is; what it answers about the broker's port is replaced by `mqttPort`. */
export async function openTokenDoor(gatewayUrl: string, mqttPort: number): Promise<TokenDoor> {
  const server = createServer((request, response) => {
    pass(request, response, { gatewayUrl, mqttPort }).catch(() => response.headersSent || response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { gatewayUrl, mqttPort }: { readonly gatewayUrl: string; readonly mqttPort: number },
): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const headers = new Headers();
  for (const name of ["content-type", "authorization"] as const) {
    const value = request.headers[name];
    if (value !== undefined) {
      headers.set(name, value);
    }
  }
  const body = await readBody(request);
  const reply = await fetch(`${gatewayUrl}${url}`, {
    method,
    headers,
    signal: AbortSignal.timeout(limits.answerMs),
    ...(body.length === 0 ? {} : { body }),
  });
  const answer = Buffer.from(await reply.arrayBuffer());
  const told = url === routes.token ? tokenReplySchema.safeParse(JSON.parse(answer.toString())) : null;
  response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "application/octet-stream" });
  response.end(told?.success === true ? JSON.stringify({ ...told.data, mqttPort }) : answer);
}

async function readBody(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > limits.bytes) {
      throw new Error("the request is too long");
    }
  }
  return Buffer.concat(chunks);
}
