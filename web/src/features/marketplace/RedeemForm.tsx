import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { codeRefusal, tidyCode } from './redeem';

interface RedeemFormProps {
  /** The workflow that the code is for; without it the code says. */
  workflow?: string;
  /** Filled in from a link. */
  code?: string;
  onRedeemed: (answer: Schema<'RedeemAnswer'>) => void;
}

/** Takes an access code in. Refusals are explained where the code was typed. */
export function RedeemForm({ workflow, code = '', onRedeemed }: RedeemFormProps) {
  const t = useTranslations('workflows');
  const queries = useQueryClient();
  const [typed, setTyped] = useState(code);
  const redeem = useDo({
    work: (access_code: string) =>
      workflow === undefined ? data(api.POST('/api/marketplace/redeem', { body: { access_code } })) : data(api.POST('/api/marketplace/{id}/redeem', { params: { path: { id: workflow } }, body: { access_code } })),
    quiet: true,
    done: async (answer) => {
      // What could not be seen before can be now.
      await queries.invalidateQueries({ queryKey: ['marketplace'] });
      onRedeemed(answer);
    },
  });
  const refusal = codeRefusal(redeem.error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        redeem.mutate(tidyCode(typed));
      }}
    >
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('code')}
            description={t('codeHint')}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              redeem.reset();
            }}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
            withAsterisk={false}
            style={{ flex: '1 1 220px' }}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', textTransform: 'uppercase' } }}
          />
          <Button type="submit" loading={redeem.isPending} disabled={tidyCode(typed) === ''}>
            {t('redeemDo')}
          </Button>
        </Group>
        {refusal ? (
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={20} aria-hidden />} title={t(`refusal.${refusal}`)} role="alert">
            <Text fz="sm">{t(`refusalText.${refusal}`)}</Text>
          </Alert>
        ) : (
          <ProblemAlert error={redeem.error} />
        )}
      </Stack>
    </form>
  );
}
