import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { Loaded } from '../../ui';
import { ofWorkflowQuery } from './queries';

/** Leads to the workspace's runs of a workflow, whether it is installed or not; `refusal` is for those to whom there is no such workflow. */
export function RunsOf({ workflow, refusal }: { workflow: string; refusal: ReactNode }) {
  const query = useQuery(ofWorkflowQuery(workflow));
  return <Loaded query={query}>{({ id }) => (id === undefined ? refusal : <Navigate to="/app/runs" search={{ workflow: id }} replace />)}</Loaded>;
}
