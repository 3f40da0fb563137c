/** Shared by all workflows of the package. */
export function shout(text: string): string {
  return `${text.toUpperCase()}!`;
}
