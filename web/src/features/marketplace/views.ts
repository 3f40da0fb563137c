/** What the page of workflows can show. */
export const views = ['installed', 'available', 'marketplace'] as const;
export type View = (typeof views)[number];
