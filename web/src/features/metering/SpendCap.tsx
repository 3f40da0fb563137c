import { Alert, Button, Group, NumberInput, Progress, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { Loaded, ProblemAlert, Section, TableSkeleton, useConfirm, useDo, useFormat } from '../../ui';

const capQuery = queryOptions({ queryKey: ['spend-cap'], queryFn: () => data(api.GET('/api/v1/workspace/spend-cap')), refetchInterval: 60_000 });

/** What was spent, and where to stop. */
export function SpendCap() {
  const t = useTranslations('settings.billing');
  const query = useQuery(capQuery);
  return (
    <Section title={t('cap')} description={t('capText')}>
      <Loaded query={query} skeleton={<TableSkeleton rows={2} />}>
        {(cap) => <CapForm key={`${cap.cap_cents}${cap.action}`} cap={cap} />}
      </Loaded>
    </Section>
  );
}

function CapForm({ cap }: { cap: Schema<'SpendCapAnswer'> }) {
  const t = useTranslations('settings.billing');
  const format = useFormat();
  const confirm = useConfirm();
  const has = typeof cap.cap_cents === 'number';
  const spent = format.money(cap.spent_cents, cap.currency);
  const form = useForm<{ amount: number | string; action: string }>({ initialValues: { amount: has ? (cap.cap_cents ?? 0) / 100 : '', action: cap.action || 'stop' } });
  const set = useDo({
    work: (body: Schema<'SetSpendCap'>) => data(api.PUT('/api/v1/workspace/spend-cap', { body })),
    renews: [['spend-cap']],
    says: t('setSaid'),
    quiet: true,
  });
  const remove = useDo({ work: () => api.DELETE('/api/v1/workspace/spend-cap'), renews: [['spend-cap']], says: t('removeSaid') });
  const submit = form.onSubmit(({ amount, action }) =>
    set.mutate({ cap_cents: Math.round(Number(amount) * 100), action }, { onError: (error) => isProblem(error) && form.setErrors({ amount: error.fields.cap_cents, action: error.fields.action }) }),
  );
  return (
    <form onSubmit={submit}>
      <Stack>
        <div>
          <Group justify="space-between">
            <Text>{t('spent')}</Text>
            <Text fw={600} className="tabular">
              {has ? t('spentOf', { spent, cap: format.money(cap.cap_cents ?? 0, cap.currency) }) : spent}
            </Text>
          </Group>
          {has ? <Progress mt={6} value={Math.min(100, (cap.spent_cents / Math.max(1, cap.cap_cents ?? 1)) * 100)} color={cap.is_reached ? 'red' : 'river'} aria-label={t('spent')} /> : <Text fz="sm" c="dimmed">{t('capNone')}</Text>}
        </div>
        {cap.is_reached && <Alert color={cap.action === 'stop' ? 'red' : 'yellow'}>{cap.action === 'stop' ? t('reached') : t('reachedWarn')}</Alert>}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberInput label={t('amount', { currency: cap.currency })} min={0} decimalScale={2} required {...form.getInputProps('amount')} />
          <Select
            label={t('action')}
            allowDeselect={false}
            data={[
              { value: 'stop', label: t('actionStop') },
              { value: 'warn', label: t('actionWarn') },
            ]}
            {...form.getInputProps('action')}
          />
        </SimpleGrid>
        {set.isError && <ProblemAlert error={set.error} />}
        <Group justify="flex-end">
          {has && (
            <Button variant="default" loading={remove.isPending} onClick={async () => (await confirm({ title: t('removeTitle'), text: t('removeText'), action: t('remove'), danger: true })) && remove.mutate()}>
              {t('remove')}
            </Button>
          )}
          <Button type="submit" loading={set.isPending} disabled={form.values.amount === '' || !form.isDirty()}>
            {has ? t('change') : t('set')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
