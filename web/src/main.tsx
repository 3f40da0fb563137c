import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './app/app.css';

import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { headStart } from './app/headStart';
import { makeQueryClient } from './app/queries';
import { makeRouter } from './app/router';
import { cssVariables, theme } from './app/theme';
import { Words } from './i18n';

const queries = makeQueryClient();
const router = makeRouter(queries);
headStart(router, queries);
// The server's policy admits styles and scripts of this answer only; browsers hide the attribute, not the property.
const nonce = document.querySelector<HTMLElement>('meta[name="csp-nonce"]')?.nonce ?? '';
// What locks scrolling behind a dialog writes a style of its own and asks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce });

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Words>
        <QueryClientProvider client={queries}>
          <ModalsProvider>
            <Notifications position="bottom-right" />
            <RouterProvider router={router} />
          </ModalsProvider>
        </QueryClientProvider>
      </Words>
    </MantineProvider>
  </StrictMode>,
);
