import { Alert, Stack, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Section } from '../../ui';
import { RedeemForm } from './RedeemForm';

/** Why somebody may not install a workflow, and each way in: a code, another address, asking its owner. */
export function Denied({ id, access, email, onOpen }: { id: string; access: Schema<'AccessAnswer'>; email: string | undefined; onOpen: () => void }) {
  const t = useTranslations('workflows');
  const isUnverified = access.reason === 'EMAIL_NOT_VERIFIED';
  return (
    <Stack gap="lg">
      <Alert color="yellow" variant="light" icon={<IconLock size={20} aria-hidden />} title={isUnverified ? t('unverified') : t('denied')}>
        <Stack gap="xs">
          <Text fz="sm">{isUnverified ? t('unverifiedText', { email: email ?? '' }) : t('deniedText')}</Text>
          {!isUnverified && email && <Text fz="sm">{t('deniedAs', { email })}</Text>}
        </Stack>
      </Alert>
      <Section title={t('haveCode')} description={access.redeemable ? t('haveCodeText') : t('haveCodeNone')}>
        <RedeemForm workflow={id} onRedeemed={onOpen} />
      </Section>
      <Section title={t('askOwner')}>
        <Stack gap="xs">
          <Text fz="sm">{t('askOwnerText')}</Text>
          <ul style={{ margin: 0, paddingInlineStart: 20 }}>
            <li>{t('askOwnerMail', { email: email ?? t('yourAddress') })}</li>
            <li>{t('askOwnerDomain')}</li>
            <li>{t('askOwnerCode')}</li>
          </ul>
        </Stack>
      </Section>
    </Stack>
  );
}
