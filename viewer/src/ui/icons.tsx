/** Names of the line icons. They are decoration: the button around each has the words. */
export type IconName =
  | "back"
  | "camera"
  | "details"
  | "fullscreen"
  | "shrink"
  | "refresh"
  | "leave"
  | "close"
  | "eye"
  | "eye-off"
  | "person"
  | "shield"
  | "share"
  | "plus";

const paths: Readonly<Record<IconName, string>> = {
  back: "M15 5l-7 7 7 7",
  camera: "M3 8.5A2.5 2.5 0 0 1 5.5 6h8A2.5 2.5 0 0 1 16 8.5v7a2.5 2.5 0 0 1-2.5 2.5h-8A2.5 2.5 0 0 1 3 15.5zM16 11l5-3v8l-5-3",
  details: "M5 19v-6M12 19V5M19 19v-9",
  fullscreen: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  shrink: "M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5",
  refresh: "M20 11a8 8 0 1 0-2.3 6.6M20 5v6h-6",
  leave: "M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M11 12h10M18 9l3 3-3 3",
  person: "M12 4.5a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6zM4.5 20c.6-3.6 3.6-5.6 7.5-5.6s6.9 2 7.5 5.6",
  shield: "M12 3.5l7 2.6v5.2c0 4.4-2.9 7.6-7 9.2-4.1-1.6-7-4.8-7-9.2V6.1zM9 12l2.2 2.2L15.2 10",
  share: "M12 15V4M8 7.5L12 3.5l4 4M6 12H5v8h14v-8h-1",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6z",
  "eye-off":
    "M4 4l16 16M9.9 5.8A9.6 9.6 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.6 3.3M6.3 7.6A16.6 16.6 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.2-1",
};

/** A line icon in the colour of the text around it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** The product's sign: a helm wheel around a lens. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <circle cx="24" cy="24" r="14" />
      <circle class="logo-lens" cx="24" cy="24" r="5" />
      <path d="M24 3v9M24 36v9M3 24h9M36 24h9M9.2 9.2l6.3 6.3M32.5 32.5l6.3 6.3M38.8 9.2l-6.3 6.3M15.5 32.5l-6.3 6.3" />
    </svg>
  );
}

/** States are told by colour and by shape, for those who do not see the colour. */
export type Tone = "good" | "fair" | "bad" | "quiet";

/** A small mark: disc for good, triangle for fair, square for bad, ring for quiet. */
export function Mark({ tone }: { tone: Tone }) {
  return (
    <svg class={`mark mark-${tone}`} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      {tone === "good" && <circle cx="6" cy="6" r="5" />}
      {tone === "fair" && <path d="M6 1l5.5 10H.5z" />}
      {tone === "bad" && <path d="M1.5 1.5h9v9h-9z" />}
      {tone === "quiet" && <circle cx="6" cy="6" r="4" />}
    </svg>
  );
}
