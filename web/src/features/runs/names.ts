import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import type { Schema } from '../../api/types';
import { installationsQuery } from './queries';

type Run = Pick<Schema<'RunSummary'>, 'installation_id' | 'version_id'> & Partial<Pick<Schema<'RunSummary'>, 'installation_name' | 'workflow'>>;

/** What runs are called: by their installation, and where it is gone, by its id. */
export function useNames() {
  const { data: installations } = useQuery(installationsQuery);
  return useMemo(
    () => ({
      installations: [...(installations?.values() ?? [])],
      name: (run: Run) => run.installation_name ?? installations?.get(run.installation_id)?.name ?? shortId(run.installation_id),
      installation: (id: string) => installations?.get(id),
      version: (run: Run) => run.workflow?.version ?? shortId(run.version_id),
    }),
    [installations],
  );
}

/** `run_…7RRA2C`: its end tells ids of one minute apart. */
export function shortId(id: string): string {
  const cut = id.indexOf('_') + 1;
  return id.length - cut > 12 ? `${id.slice(0, cut)}…${id.slice(-6)}` : id;
}
