/** The parts of the page, as addresses name them. */
export const tabs = ['overview', 'workspaces', 'people', 'review', 'support'] as const;
export type Tab = (typeof tabs)[number];
