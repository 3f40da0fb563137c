/** The parts of an installation's page, in their order. */
export const tabs = ['overview', 'triggers', 'configuration', 'connections', 'versions', 'storage', 'settings'] as const;
export type Tab = (typeof tabs)[number];
