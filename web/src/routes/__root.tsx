import { createRootRouteWithContext, Outlet } from '@tanstack/react-router';

import type { RouterContext } from '../app/router';
import { loadWords } from '../i18n';

export const Route = createRootRouteWithContext<RouterContext>()({
  beforeLoad: ({ location }) => loadWords(location.pathname),
  component: Outlet,
});
