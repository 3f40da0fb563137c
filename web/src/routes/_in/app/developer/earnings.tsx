import { useQuery } from '@tanstack/react-query';
import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { profileQuery } from '../../../../features/developer/queries';
import { RegisterButton } from '../../../../features/developer/Register';
import { EarningsPage, NotPayable } from '../../../../features/earnings/EarningsPage';
import { periods, type Period } from '../../../../features/earnings/queries';

export const Route = createFileRoute('/_in/app/developer/earnings')({
  validateSearch: (search: Record<string, unknown>): { period?: Period } => (periods.includes(search.period as Period) ? { period: search.period as Period } : {}),
  component: Earnings,
});

function Earnings() {
  const { period = 'month' } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const { data: profile } = useQuery(profileQuery);
  const isPayable = profile?.is_registered && profile.payout_account;
  return (
    <EarningsPage
      period={period}
      onPeriod={(to) => void navigate({ search: { period: to }, replace: true, resetScroll: false })}
      notice={profile && <NotPayable profile={profile} action={<RegisterButton />} />}
      actions={isPayable ? <RegisterButton /> : undefined}
    />
  );
}
