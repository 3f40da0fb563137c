import { createFileRoute } from '@tanstack/react-router';

import { DevicePage } from '../../../features/device_login/DevicePage';
import { tidyCode } from '../../../features/device_login/userCode';

export const Route = createFileRoute('/_in/app/device')({
  validateSearch: (search: Record<string, unknown>): { user_code?: string } => (search.user_code === undefined ? {} : { user_code: tidyCode(String(search.user_code)) }),
  component: Page,
});

function Page() {
  const code = Route.useSearch().user_code ?? '';
  return <DevicePage key={code} code={code} />;
}
