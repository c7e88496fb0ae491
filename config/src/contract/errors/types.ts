/** One registered error: the sentence a person reads, the HTTP status it goes out with, and whether trying again unchanged can help. */
export type ErrorEntry = { readonly sentence: string; readonly status: number; readonly retryable: boolean };

/** Keeps the codes of a registry as literal types while checking each entry. */
export function defineErrors<const Registry extends { readonly [code: string]: ErrorEntry }>(registry: Registry): Registry {
  return registry;
}
