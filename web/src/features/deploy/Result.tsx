import { Badge, Button, Card, Divider, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconDownload, IconRocket, IconTestPipe } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import { LinkButton, ProblemAlert, StatusBadge, useDo } from '../../ui';
import { Refused } from './Refused';
import { type Deployed, install, publish } from './submit';

/** What a deploy made: what was found in the module, and what comes next. */
export function Result({ deployed, onVersion }: { deployed: Deployed; onVersion: (version: string) => void }) {
  const t = useTranslations('deploy');
  return (
    <Card withBorder component="section" aria-label={t('result')}>
      <Stack gap="md">
        {/* Said, not focused: whoever deployed with the keyboard goes on writing. */}
        <div role="status">
          <Group gap="xs">
            <IconCircleCheck size={22} aria-hidden color="light-dark(var(--mantine-color-teal-8), var(--mantine-color-teal-4))" />
            <Title order={2} size="h3">
              {deployed.created ? t('deployed', { version: deployed.version }) : t('unchanged', { version: deployed.version })}
            </Title>
            <StatusBadge status={deployed.state} />
          </Group>
          <Text fz="sm" c="dimmed" mt={4}>
            {t('deployedText', { name: deployed.name, number: deployed.number })}
          </Text>
        </div>
        <Found {...deployed.capabilities} />
        {(deployed.others ?? []).map((other) => (
          <div key={other.workflow_id}>
            <Divider mb="sm" />
            <Text fw={600}>{t('also', { name: other.name, version: other.version })}</Text>
            <Found {...other.capabilities} />
          </div>
        ))}
        <Divider />
        <Steps deployed={deployed} onVersion={onVersion} />
      </Stack>
    </Card>
  );
}

function Found({ triggers, services, inputs, hosts }: Deployed['capabilities']) {
  const t = useTranslations('deploy');
  const line = (title: string, parts: ReactNode[]) => (
    <div>
      <Text fz="sm" c="dimmed" component="dt">{title}</Text>
      <dd style={{ margin: 0, display: 'flex', flexWrap: 'wrap', gap: 6, overflowWrap: 'anywhere' }}>{parts.length > 0 ? parts : <Text fz="sm">{t('nothing')}</Text>}</dd>
    </div>
  );
  const chip = (key: string, text: string, missing = false) => (
    <Badge key={key} variant="default" tt="none" fw={500} size="lg" maw="100%" color={missing ? 'red' : undefined} c={missing ? 'light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))' : undefined}>
      {text}
    </Badge>
  );
  return (
    <Stack component="dl" gap="xs" m={0}>
      {line(t('triggers'), triggers.map((each, index) => chip(`${index}`, [t(`trigger.${kind(each.type)}`), each.service ?? each.path ?? each.cron ?? each.interval, ...(each.events ?? [])].filter(Boolean).join(' · '))))}
      {line(t('services'), services.map((each) => chip(each.service, [each.service, each.optional && t('isOptional'), !each.available && t('unavailable')].filter(Boolean).join(' · '), !each.available)))}
      {line(t('inputs'), inputs.map((each) => chip(each.key, [each.key, each.type, each.required && t('isRequired'), each.secret && t('isSecret')].filter(Boolean).join(' · '))))}
      {line(t('hosts'), hosts.map((each) => chip(each, each)))}
    </Stack>
  );
}

const kinds = ['webhook', 'schedule', 'manual', 'poll'] as const;
const kind = (type: string) => kinds.find((each) => each === type) ?? 'manual';

function Steps({ deployed, onVersion }: { deployed: Deployed; onVersion: (version: string) => void }) {
  const t = useTranslations('deploy');
  const navigate = useNavigate();
  const installing = useDo({
    work: () => install(deployed),
    renews: [['installations']],
    quiet: true,
    done: ({ id }) => void navigate({ to: `/app/installations/${id}/setup` as string }),
  });
  const publishing = useDo({ work: (allowBreaking: boolean) => publish(deployed, allowBreaking), renews: [['workflows'], ['developer'], ['marketplace'], ['rollouts']], says: t('published'), quiet: true });
  const place = `/app/developer/workflows/${deployed.slug}`;
  const open = (deployed.state === 'draft' || deployed.state === 'approved') && !publishing.isSuccess;
  return (
    <Stack gap="sm">
      <Title order={3} size="h4">{t('nextSteps')}</Title>
      <Step icon={<IconDownload size={18} aria-hidden />} text={t('installText')}>
        <Button size="xs" loading={installing.isPending} onClick={() => installing.mutate()}>{t('installHere')}</Button>
      </Step>
      {isProblem(installing.error, 'ALREADY_INSTALLED') ? (
        <Text fz="sm" role="alert">
          {t('alreadyInstalled')} <LinkButton size="compact-xs" variant="light" to={`${place}?tab=rollout` as string}>{t('toRollout')}</LinkButton>
        </Text>
      ) : (
        <ProblemAlert error={installing.error} />
      )}
      <Step icon={<IconTestPipe size={18} aria-hidden />} text={t('rehearseText')}>
        <LinkButton size="xs" variant="default" to={`${place}?tab=rollout` as string}>{t('rehearse')}</LinkButton>
      </Step>
      {open && (
        <Step icon={<IconRocket size={18} aria-hidden />} text={t('publishText')}>
          <Button size="xs" variant="default" loading={publishing.isPending} onClick={() => publishing.mutate(false)}>{t('publish')}</Button>
        </Step>
      )}
      {publishing.error && <Refused error={publishing.error} placed={0} busy={publishing.isPending} onAnyway={() => publishing.mutate(true)} onVersion={onVersion} />}
    </Stack>
  );
}

function Step({ icon, text, children }: { icon: ReactNode; text: string; children: ReactNode }) {
  return (
    <Group wrap="nowrap" justify="space-between" gap="sm">
      <Group wrap="nowrap" gap="xs" align="flex-start" style={{ minWidth: 0 }}>
        <span style={{ flex: 'none', marginTop: 2 }}>{icon}</span>
        <Text fz="sm">{text}</Text>
      </Group>
      <div style={{ flex: 'none' }}>{children}</div>
    </Group>
  );
}
