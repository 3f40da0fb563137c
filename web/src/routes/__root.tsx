import { Box } from '@mantine/core';
import { createRootRouteWithContext, Outlet } from '@tanstack/react-router';

import type { RouterContext } from '../app/router';
import { loadWords } from '../i18n';
import { Missing } from '../ui';

export const Route = createRootRouteWithContext<RouterContext>()({
  beforeLoad: ({ location }) => loadWords(location.pathname),
  component: Outlet,
  // An address of no page at all has no frame around it.
  notFoundComponent: () => (
    <Box component="main" py="xl">
      <Missing />
    </Box>
  ),
});
