import { Stack } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';

import { AccountPage } from './AccountPage';
import { Asked } from './Asked';
import { AuthenticatorApps } from './AuthenticatorApps';
import { ConfirmSession } from './ConfirmSession';
import { Passkeys } from './Passkeys';
import { RecoverySection } from './RecoverySection';
import { SecurityEvents } from './SecurityEvents';

/** How one signs in, and what happened to the account. `to` is the page that asked for a second factor: there they go back once it is shown. */
export function SecurityPage({ to }: { to: string | undefined }) {
  const router = useRouter();
  const goOn = () => to !== undefined && router.history.replace(to);
  return (
    <AccountPage tab="security">
      <Stack gap="lg">
        {to !== undefined && <Asked onGoOn={goOn} />}
        <ConfirmSession onDone={goOn} />
        <Passkeys onAdded={goOn} />
        <AuthenticatorApps onAdded={goOn} />
        <RecoverySection />
        <SecurityEvents />
      </Stack>
    </AccountPage>
  );
}
