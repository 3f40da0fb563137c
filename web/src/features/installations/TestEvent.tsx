import { Accordion, Autocomplete, Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { CopyIcon, ProblemAlert, TableSkeleton, useDo } from '../../ui';
import { JsonField } from './JsonInput';
import { lastDeliveryQuery, type Installation } from './queries';
import { parseBody, sampleBody, signedCommand } from './sample';
import { StartedRun } from './StartedRun';

interface TestEventProps {
  installation: Installation;
  webhook: Schema<'WebhookAnswer'>;
  title: string;
  onClose: () => void;
}

/** Tries a webhook with a body that one can change, and shows the run. */
export function TestEvent({ installation, webhook, title, onClose }: TestEventProps) {
  const t = useTranslations('installation');
  const last = useQuery(lastDeliveryQuery(installation.id));
  return (
    <Modal opened onClose={onClose} title={`${t('sendTest')}: ${title}`} size="lg">
      {last.isPending ? <TableSkeleton rows={4} /> : <Body installation={installation} webhook={webhook} last={last.data} />}
    </Modal>
  );
}

function Body({ installation, webhook, last }: { installation: Installation; webhook: Schema<'WebhookAnswer'>; last: unknown }) {
  const t = useTranslations('installation');
  const made = (event: string) => JSON.stringify(sampleBody(webhook.service, event || undefined, last, new Date()), null, 2);
  const [event, setEvent] = useState(webhook.event ?? webhook.events[0] ?? '');
  const [text, setText] = useState(() => made(event));
  const [touched, setTouched] = useState(false);
  const parsed = parseBody(text);
  const isLast = !touched && last !== null && last !== undefined && text !== JSON.stringify(sampleBody(webhook.service, event || undefined, null, new Date()), null, 2);
  const send = useDo({
    work: (body: Record<string, unknown>) =>
      data(
        api.POST('/api/installations/{id}/trigger', {
          params: { path: { id: installation.id } },
          body: { type: 'webhook', data: body as Record<string, never>, ...(event && { event }), ...(webhook.service && { service: webhook.service }) },
        }),
      ),
    renews: [['runs']],
    quiet: true,
  });
  return (
    <Stack gap="sm">
      <Text fz="sm">{t('testText')}</Text>
      {(webhook.service || webhook.events.length > 0) && (
        <Autocomplete
          label={t('testEvent')}
          data={webhook.events}
          value={event}
          onChange={(value) => {
            setEvent(value);
            if (!touched) setText(made(value));
          }}
        />
      )}
      <JsonField
        label={t('testBody')}
        description={isLast ? t('testFromLast') : t('testMadeUp')}
        value={text}
        onChange={(value) => {
          setText(value);
          setTouched(true);
        }}
      />
      <ProblemAlert error={send.error} />
      {send.data && <StartedRun key={send.data.run_id} id={send.data.run_id} />}
      <Group justify="flex-end">
        <Button disabled={'error' in parsed} loading={send.isPending} onClick={() => 'value' in parsed && send.mutate(parsed.value)}>
          {t('sendTest')}
        </Button>
      </Group>
      {!webhook.service && 'value' in parsed && (
        <Accordion variant="contained">
          <Accordion.Item value="hand">
            <Accordion.Control>{t('byHand')}</Accordion.Control>
            <Accordion.Panel>
              <Text fz="sm" mb="xs">{t('byHandText')}</Text>
              <Group align="flex-start" wrap="nowrap" gap="xs">
                <Code block style={{ flex: 1, minWidth: 0 }}>{signedCommand(webhook.url, JSON.stringify(parsed.value))}</Code>
                <CopyIcon value={signedCommand(webhook.url, JSON.stringify(parsed.value))} label={t('byHand')} />
              </Group>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  );
}
