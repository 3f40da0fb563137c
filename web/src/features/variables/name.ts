/** Bytes of one value that the server takes. */
export const VALUE_BYTES = 16 * 1024;

/** Whether a module can read a variable of this name. */
export function isName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) && name !== 'KV' && name !== 'AI';
}

/** Whether a name says that its value is nobody's business, as the server reads names. */
export function soundsSecret(name: string): boolean {
  return /(API_?KEY|SECRET|TOKEN|PASSWORD)$/.test(name);
}
