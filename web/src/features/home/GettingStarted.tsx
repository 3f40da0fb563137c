import { Group, SimpleGrid, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { LinkButton, Section, StatusBadge } from '../../ui';
import { useMe } from '../identity/useMe';

/** What a workspace in which nothing ever ran does next. */
export function GettingStarted({ installation, team }: { installation?: { id: string; name: string } | undefined; team: boolean }) {
  const t = useTranslations('home.start');
  const { manages } = useMe();
  return (
    <Section title={t('title')} description={t('text')}>
      <SimpleGrid cols={{ base: 1, sm: 3 }} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {installation ? (
          <Step number={1} title={t('ready')} text={t('readyText', { name: installation.name })} to={`/app/installations/${installation.id}/setup`} go={t('readyGo')} />
        ) : (
          <Step number={1} title={t('installTitle')} text={t('installText')} to="/app/workflows" go={t('installGo')} first />
        )}
        <Step number={2} title={t('deployTitle')} text={t('deployText')} to="/app/developer/deploy" go={t('deployGo')} />
        {manages && <Step number={3} title={t('inviteTitle')} text={t('inviteText')} to="/app/settings/members" search={{ invite: true }} go={t('inviteGo')} done={team} />}
      </SimpleGrid>
    </Section>
  );
}

interface StepProps {
  number: number;
  title: string;
  text: string;
  to: string;
  search?: Record<string, boolean>;
  go: string;
  first?: boolean;
  done?: boolean;
}

function Step({ number, title, text, to, search, go, first, done }: StepProps) {
  const t = useTranslations('home.start');
  return (
    <Stack component="li" gap="xs" justify="space-between">
      <div>
        <Group gap="xs" mb={4}>
          <ThemeIcon variant="light" radius="xl" size={28} aria-label={t('step', { number })}>
            {done ? <IconCheck size={16} aria-hidden /> : number}
          </ThemeIcon>
          <Title order={3}>{title}</Title>
          {done && <StatusBadge status="done" label={t('done')} />}
        </Group>
        <Text fz="sm" c="dimmed">
          {text}
        </Text>
      </div>
      <div>
        <LinkButton to={to as string} search={search as never} variant={first ? 'filled' : 'default'}>
          {go}
        </LinkButton>
      </div>
    </Stack>
  );
}
