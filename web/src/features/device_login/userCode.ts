/** A code as the device shows it, `XXXX-XXXX`, of whatever a person types: any case, with or without the hyphen. */
export function tidyCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}

/** Whether it is whole. Each one that is sent counts against a limit. */
export function isWholeCode(code: string): boolean {
  return /^[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(code);
}
