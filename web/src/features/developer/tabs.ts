/** The parts of a workflow's page, as its address names them. */
export const tabs = ['overview', 'versions', 'source', 'rollout', 'access', 'alerts', 'variables'] as const;
export type TabName = (typeof tabs)[number];

/** What stands in the address of a workflow's page; anything else is dropped. */
export interface WorkflowSearch {
  tab?: TabName;
  /** The version looked at. */
  v?: string;
  /** The version that it is compared with. */
  with?: string;
  /** Also grants that were revoked. */
  revoked?: boolean;
}

export function workflowSearch(search: Record<string, unknown>): WorkflowSearch {
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
  const [v, compared] = [text(search.v), text(search.with)];
  return {
    ...(tabs.includes(search.tab as TabName) && { tab: search.tab as TabName }),
    ...(v && { v }),
    ...(compared && { with: compared }),
    ...(search.revoked === true && { revoked: true }),
  };
}
