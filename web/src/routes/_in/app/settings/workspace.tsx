import { createFileRoute } from '@tanstack/react-router';

import { SupportAccessList } from '../../../../features/support_access/SupportAccessList';
import { WorkspacePage } from '../../../../features/tenants/WorkspacePage';

export const Route = createFileRoute('/_in/app/settings/workspace')({ component: () => <WorkspacePage support={<SupportAccessList />} /> });
