import { createFileRoute } from '@tanstack/react-router';
import { useMemo } from 'react';

import { filterOf, searchOf } from '../../../../features/runs/filters';
import { RunsPage } from '../../../../features/runs/RunsPage';

export const Route = createFileRoute('/_in/app/runs/')({
  validateSearch: (search: Record<string, unknown>) => searchOf(filterOf(search)),
  component: List,
});

function List() {
  const search = Route.useSearch();
  const filter = useMemo(() => filterOf({ ...search }), [search]);
  return <RunsPage filter={filter} />;
}
