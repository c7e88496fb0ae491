import { createServer } from "node:http";
import { tokenReplySchema } from "@helmcast/config";

/** The door by which a device comes to its token, with another way to the broker behind it. */
export type TokenDoor = { readonly url: string; close(): Promise<void> };

/** Largest request and answer, bytes. */
const maxBytes = 64 * 1024;

/** Passes every request on to the gateway; what it answers about the broker's port is replaced by `mqttPort`. */
export async function openTokenDoor(gatewayUrl: string, mqttPort: number): Promise<TokenDoor> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void (chunks.length * 1024 < maxBytes && chunks.push(chunk)));
    request.on("end", () => {
      void fetch(`${gatewayUrl}${request.url ?? "/"}`, {
        method: request.method ?? "GET",
        signal: AbortSignal.timeout(5000),
        headers: { "content-type": "application/json" },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      })
        .then(async (reply) => {
          const body: unknown = await reply.json();
          const told = tokenReplySchema.safeParse(body);
          response.writeHead(reply.status, { "content-type": "application/json" });
          response.end(JSON.stringify(told.success ? { ...told.data, mqttPort } : body));
        })
        .catch(() => response.writeHead(502).end());
    });
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
