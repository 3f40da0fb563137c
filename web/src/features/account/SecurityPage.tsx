import { Stack } from '@mantine/core';

import { AccountPage } from './AccountPage';
import { AuthenticatorApps } from './AuthenticatorApps';
import { ConfirmSession } from './ConfirmSession';
import { Passkeys } from './Passkeys';
import { RecoverySection } from './RecoverySection';
import { SecurityEvents } from './SecurityEvents';

/** How one signs in, and what happened to the account. */
export function SecurityPage() {
  return (
    <AccountPage tab="security">
      <Stack gap="lg">
        <ConfirmSession />
        <Passkeys />
        <AuthenticatorApps />
        <RecoverySection />
        <SecurityEvents />
      </Stack>
    </AccountPage>
  );
}
