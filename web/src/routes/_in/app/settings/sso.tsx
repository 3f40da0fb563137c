import { createFileRoute } from '@tanstack/react-router';

import { SsoPage } from '../../../../features/sso/SsoPage';

export const Route = createFileRoute('/_in/app/settings/sso')({ component: SsoPage });
