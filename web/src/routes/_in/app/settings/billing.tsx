import { createFileRoute } from '@tanstack/react-router';

import { BillingPage } from '../../../../features/metering/BillingPage';
import { Quotas } from '../../../../features/quotas/Quotas';

export const Route = createFileRoute('/_in/app/settings/billing')({ component: () => <BillingPage quotas={<Quotas />} /> });
