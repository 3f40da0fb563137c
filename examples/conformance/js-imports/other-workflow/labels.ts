export const LABELS = { bug: 'Bug', idea: 'Idea' } as const;
