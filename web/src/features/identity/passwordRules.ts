/** Characters at least where a password is all there is, and where a second factor is asked for too (docs/sign-in.md). */
export const AT_LEAST = 15;
export const AT_LEAST_WITH_SECOND_FACTOR = 8;
const AT_MOST = 128;
/** Shorter names before the `@` occur in passwords by chance. */
const LOCAL_PART = 4;

export interface Rule {
  rule: 'length' | 'most' | 'email';
  kept: boolean;
  /** Characters that are missing. */
  missing?: number;
}

/** The rules that a page can tell while one types. What guessers try first is told by the server alone. */
export function passwordRules(password: string, email: string, atLeast: number = AT_LEAST): Rule[] {
  // As the server counts: an emoji is one character, whatever it takes in memory.
  const length = [...password].length;
  const rules: Rule[] = [{ rule: 'length', kept: length >= atLeast, missing: Math.max(0, atLeast - length) }];
  if (length > AT_MOST) rules.push({ rule: 'most', kept: false });
  const name = email.trim().toLowerCase().split('@')[0] ?? '';
  if (name.length >= LOCAL_PART && password.toLowerCase().includes(name)) rules.push({ rule: 'email', kept: false });
  return rules;
}

/** Whether it is worth asking the server. */
export function couldBeGood(password: string, email: string, atLeast?: number): boolean {
  return passwordRules(password, email, atLeast).every((rule) => rule.kept);
}
