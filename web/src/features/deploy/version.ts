/** The source with another version number, where `from` is the place of the definition's member `version`; undefined where no number is written there. */
export function withVersion(text: string, from: number, version: string): string | undefined {
  const found = /^(['"]?version['"]?\s*:\s*)(['"])(?:(?!\2)[^\\\n])*\2/.exec(text.slice(from));
  if (!found) return undefined;
  const [whole, before = '', quote = "'"] = found;
  return text.slice(0, from) + before + quote + version + quote + text.slice(from + whole.length);
}
