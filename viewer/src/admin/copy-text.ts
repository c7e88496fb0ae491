/**
 * Puts text on the clipboard. The Clipboard API is there over HTTPS and on localhost only; by plain HTTP in a home network the older command
 * still works, on the field's own selection, which stays selected for copying by hand.
 */
export async function copyText(field: HTMLInputElement): Promise<boolean> {
  field.focus();
  field.select();
  if (navigator.clipboard !== undefined) {
    const done = await navigator.clipboard.writeText(field.value).then(
      () => true,
      () => false,
    );
    if (done) {
      return true;
    }
  }
  return document.execCommand("copy");
}
