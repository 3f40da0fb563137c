import { Alert, Button, Group, Select, Stack, Textarea } from '@mantine/core';
import { IconCheck, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { LinkButton, ProblemAlert, Section, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { LiveRun } from './LiveRun';
import { serviceTitle } from './serviceTitle';
import type { StepProps } from './SetupPage';
import { objectOf, requestOf, waysOf, type Way } from './trial';

/** A first run, watched while it happens. Which one it is stands in the address, so that a reload goes on watching. */
export function TestStep({ installation, capabilities, onStep, run, onRun }: StepProps & { run: string | undefined; onRun: (run: string) => void }) {
  const t = useTranslations('setup');
  const { edits } = useMe();
  const ways = waysOf(capabilities?.triggers ?? []);
  const [chosen, setChosen] = useState<string>();
  const [text, setText] = useState('');
  const way = ways.find((each) => each.key === chosen) ?? ways[0]!;
  const given = objectOf(text);
  const start = useDo({
    work: () => data(api.POST('/api/installations/{id}/trigger', { params: { path: { id: installation.id } }, body: requestOf(way, given ?? undefined) })),
    renews: [['runs']],
    quiet: true,
    done: (answer) => onRun(answer.run_id),
  });
  const isOn = installation.status === 'active';
  return (
    <Section title={t('test')} description={t('testText')}>
      <Stack gap="md">
        {!isOn && (
          <Alert color="yellow" variant="light" title={t('testNotActive')}>
            <Button size="xs" variant="default" mt="xs" onClick={() => onStep('activate')}>
              {t('goTo', { step: t('activate') })}
            </Button>
          </Alert>
        )}
        {isOn && edits && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (given !== null) start.mutate();
            }}
          >
            <Stack gap="sm">
              {ways.length > 1 && <Select label={t('testAs')} data={ways.map((each) => ({ value: each.key, label: nameOf(each, t) }))} value={way.key} onChange={(key) => setChosen(key ?? undefined)} allowDeselect={false} maw={420} />}
              <Textarea
                label={t('testData')}
                description={t('testDataHint')}
                placeholder="{}"
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
                error={given === null ? t('testDataBad') : undefined}
                autosize
                minRows={3}
                maxRows={14}
                spellCheck={false}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              />
              <ProblemAlert error={start.error} />
              <Group justify="flex-end" gap="sm">
                <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={start.isPending} disabled={given === null} variant={run ? 'default' : 'filled'}>
                  {run ? t('testAgain') : t('testRun')}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
        {run && <LiveRun key={run} id={run} />}
        {isOn && (
          <Group justify="flex-end">
            <LinkButton to={`/app/installations/${installation.id}` as string} leftSection={<IconCheck size={16} aria-hidden />} variant={run ? 'filled' : 'default'}>
              {t('finish')}
            </LinkButton>
          </Group>
        )}
      </Stack>
    </Section>
  );
}

function nameOf(way: Way, t: ReturnType<typeof useTranslations<'setup'>>): string {
  const service = way.service ? serviceTitle(way.service) : (way.path ?? '');
  switch (way.kind) {
    case 'webhook':
      return way.event ? t('testWebhook', { service, event: way.event }) : t('testWebhookAny', { service });
    case 'schedule':
      return t('testSchedule', { cron: way.cron ?? '' });
    case 'poll':
      return t('testPoll', { service });
    default:
      return t('testManual');
  }
}
