import { signal } from "@preact/signals";
import type { ApiFailure } from "./api-client.ts";
import type { Session } from "./session.ts";

/**
 * Where the opening of a share link stands. `knocked`: it is not known yet who is here. `asking`: a person is signed in and must say whether
 * they want to leave for it. `gone`: the link has ended. `failed`: it could not be asked.
 */
export type DoorState =
  | { readonly phase: "closed" }
  | { readonly phase: "knocked" }
  | { readonly phase: "asking"; readonly user: string }
  | { readonly phase: "opening" }
  | { readonly phase: "gone" }
  | { readonly phase: "failed"; readonly failure: ApiFailure };

const sharePrefix = "#/share/";

/** Pure: the secret in a share link's fragment, cut to what can be one; null when the fragment is no share link. */
export function readShareSecret(hash: string): string | null {
  return hash.startsWith(sharePrefix) ? hash.slice(sharePrefix.length).slice(0, 200) : null;
}

/** Pure: the address of a share link. The secret stands in the fragment, which browsers send to nobody. */
export function writeShareLink(origin: string, secret: string): string {
  return `${origin}/${sharePrefix}${secret}`;
}

/** Opens share links. A person who is signed in is asked first, since a browser holds one sign-in only. */
export class ShareDoor {
  /** Read by the pages. */
  readonly state = signal<DoorState>({ phase: "closed" });
  readonly #session: Session;
  #secret = "";

  /** @param session who becomes the visitor */
  constructor(session: Session) {
    this.#session = session;
    session.state.subscribe(() => this.#decide());
  }

  /** Somebody came with a link. */
  knock(secret: string): void {
    this.#secret = secret;
    this.state.value = { phase: "knocked" };
    this.#decide();
  }

  /** Opens the link: at the first try, as the answer to the question, and again after a failure. */
  async open(): Promise<void> {
    const secret = this.#secret;
    if (secret === "" || this.state.peek().phase === "opening") {
      return;
    }
    this.state.value = { phase: "opening" };
    const failure = await this.#session.openShare(secret);
    if (this.#secret !== secret) {
      return;
    }
    if (failure === null) {
      this.close();
      return;
    }
    // 400 is a link that was cut short on its way; it opens as little as one that has ended.
    const gone = failure.kind === "refused" && (failure.status === 404 || failure.status === 400);
    this.state.value = gone ? { phase: "gone" } : { phase: "failed", failure };
  }

  /** Forgets the link. */
  close(): void {
    this.#secret = "";
    this.state.value = { phase: "closed" };
  }

  #decide(): void {
    const { value: who } = this.#session.state;
    if (this.state.peek().phase !== "knocked" || who.phase === "restoring") {
      return;
    }
    if (who.phase === "signed-in" && who.kind === "user") {
      this.state.value = { phase: "asking", user: who.user };
      return;
    }
    void this.open();
  }
}
