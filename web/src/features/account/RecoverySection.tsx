import { Button, Group, Modal, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { Section, StatusBadge } from '../../ui';
import { ProveForm } from './ProveForm';
import { factorsQuery, passkeysQuery } from './queries';
import { RecoveryCodes } from './RecoveryCodes';

/** From here on down it is time for new ones. */
const FEW = 3;

/** How many recovery codes are left, and new ones. Nothing where there is no second factor to recover from. */
export function RecoverySection() {
  const t = useTranslations('account.recovery');
  const queries = useQueryClient();
  const factors = useQuery(factorsQuery).data;
  const passkeys = useQuery(passkeysQuery).data;
  const [asked, setAsked] = useState(false);
  const [codes, setCodes] = useState<readonly string[]>();
  if (!factors || !passkeys || factors.data.length + passkeys.data.length === 0) return null;
  const left = factors.recovery_codes_left;
  const anew = async (proof: Schema<'Proof'>) => {
    const answer = await data(api.POST('/api/v1/users/me/recovery-codes', { body: proof }));
    void queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
    setCodes((answer.recovery_codes as string[] | null | undefined) ?? []);
  };
  const close = () => {
    setAsked(false);
    setCodes(undefined);
  };
  return (
    <Section title={t('title')} description={t('text')} actions={<StatusBadge status="left" tone={left <= FEW ? 'waiting' : 'good'} label={t('left', { count: left })} />}>
      <Group>
        <Button variant="default" onClick={() => setAsked(true)}>
          {t('anew')}
        </Button>
        {left <= FEW && <Text fz="sm">{t('few')}</Text>}
      </Group>
      <Modal opened={asked} onClose={close} title={t(codes ? 'title' : 'anew')} closeOnClickOutside={false}>
        {codes ? (
          <RecoveryCodes codes={codes} onKept={close} />
        ) : (
          <ProveForm work={anew} action={t('anew')} onCancel={close}>
            <Text fz="sm">{t('anewText')}</Text>
          </ProveForm>
        )}
      </Modal>
    </Section>
  );
}
