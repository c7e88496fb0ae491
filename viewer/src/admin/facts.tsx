/** Short facts in a row; a line never breaks inside one that fits on it. */
export function Facts({ of }: { of: ReadonlyArray<string | null> }) {
  const said = of.filter((fact) => fact !== null && fact !== "");
  return (
    <span class="card-quiet">
      {said.map((fact, index) => (
        <span key={index} class="fact">
          {index < said.length - 1 ? `${fact}\u00a0·\u00a0` : fact}
        </span>
      ))}
    </span>
  );
}
