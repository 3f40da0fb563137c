import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { backOf } from '../../../../features/oauth_apps/back';
import { OAuthAppsPage } from '../../../../features/oauth_apps/OAuthAppsPage';
import { appsQuery } from '../../../../features/oauth_apps/queries';

export const Route = createFileRoute('/_in/app/developer/oauth-apps')({
  validateSearch: backOf,
  loader: ({ context }) => void context.queries.prefetchQuery(appsQuery),
  component: OAuthApps,
});

function OAuthApps() {
  const back = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return <OAuthAppsPage back={back} onSeen={() => void navigate({ search: {}, replace: true })} />;
}
