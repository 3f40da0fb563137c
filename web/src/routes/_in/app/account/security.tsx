import { createFileRoute } from '@tanstack/react-router';

import { SecurityPage } from '../../../../features/account/SecurityPage';

export const Route = createFileRoute('/_in/app/account/security')({ component: SecurityPage });
