import { createFileRoute } from '@tanstack/react-router';

import { Answers } from '../../../../../features/config';
import { InstallationPage } from '../../../../../features/installations/InstallationPage';
import { tabs, type Tab } from '../../../../../features/installations/tabs';
import { Configuration } from './-Configuration';

interface Search {
  tab?: Tab;
  connection?: string;
  error?: string;
}

export const Route = createFileRoute('/_in/app/installations/$id/')({
  validateSearch: (search: Record<string, unknown>): Search => ({
    ...(tabs.includes(search.tab as Tab) && { tab: search.tab as Tab }),
    ...(typeof search.connection === 'string' && { connection: search.connection }),
    ...(typeof search.error === 'string' && { error: search.error }),
  }),
  component: Installation,
});

function Installation() {
  const { id } = Route.useParams();
  const { tab = 'overview', connection, error } = Route.useSearch();
  const navigate = Route.useNavigate();
  return <InstallationPage id={id} tab={tab} came={{ connection, error }} form={(installation) => <Configuration installation={installation} />} asking={(asked) => <Answers {...asked} />} onTab={(next) => void navigate({ search: next === 'overview' ? {} : { tab: next }, replace: true })} />;
}
