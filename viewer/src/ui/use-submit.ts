import { type Signal, useSignal } from "@preact/signals";

/** A form's way to the gateway. `busy` is true while what was typed is on its way; a second press then does nothing. */
export type Submit = { readonly busy: Signal<boolean>; readonly onSubmit: (event: SubmitEvent) => void };

/** Sends a form once per press. `send` never throws; it is given what was typed, and the form, to empty it. */
export function useSubmit(send: (fields: FormData, form: HTMLFormElement) => Promise<void>): Submit {
  const busy = useSignal(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    busy.value = true;
    await send(new FormData(form), form);
    busy.value = false;
  };
  return {
    busy,
    onSubmit: (event) => {
      event.preventDefault();
      if (!busy.value && event.currentTarget instanceof HTMLFormElement) {
        void submit(event.currentTarget);
      }
    },
  };
}
