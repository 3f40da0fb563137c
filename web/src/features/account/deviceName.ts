/** What a browser or program calls itself, in two words that a person knows: which program, on which system. */
export interface DeviceName {
  program?: string;
  system?: string;
}

// The more particular first: nearly every browser claims to be Safari, and many to be Chrome.
const programs: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bEdgi?(?:A|OS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
];
const systems: ReadonlyArray<readonly [RegExp, string]> = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

export function deviceName(userAgent: string | null | undefined): DeviceName {
  const text = userAgent?.trim();
  if (!text) return {};
  const program = programs.find(([pattern]) => pattern.test(text))?.[1];
  const system = systems.find(([pattern]) => pattern.test(text))?.[1];
  // A program of its own names itself first: `millrace/0.1.0 (laptop)`.
  const own = program === undefined && !text.startsWith('Mozilla/') ? /^[^\s/();]{1,40}/.exec(text)?.[0] : undefined;
  return { ...((program ?? own) && { program: program ?? own }), ...(system && { system }) } as DeviceName;
}
