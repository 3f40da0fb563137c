import { createFileRoute } from '@tanstack/react-router';

import { RedeemPage } from '../../../features/marketplace/RedeemPage';

export const Route = createFileRoute('/_in/app/redeem')({
  // A code may look like a number to whoever reads addresses.
  validateSearch: (said: Record<string, unknown>): { code?: string | undefined } => (typeof said.code === 'string' || typeof said.code === 'number' ? { code: String(said.code) } : {}),
  component: Redeem,
});

function Redeem() {
  const { code } = Route.useSearch();
  return <RedeemPage code={code} />;
}
