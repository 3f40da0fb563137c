import { Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconChecklist, IconCircleCheck, IconPlugConnectedX, IconPlayerStop, IconProgress, type Icon } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Empty, LinkButton, ProblemAlert, Section, TableSkeleton, Time } from '../../ui';
import { useMe } from '../identity/useMe';
import { failuresOf } from './failures';
import { broken, stopped, unfinished } from './needs';
import { daysAgo, failedRunsQuery, FAILURE_DAYS, FAILURES, homeConnectionsQuery, homeInstallationsQuery, waitingApprovalsQuery } from './queries';

/** Rows of one kind that are shown here; the page they lead to has all. */
const SHOWN = 5;

/** What waits for a person: failures, decisions, broken connections, set-ups that nobody finished. */
export function NeedsMe() {
  const t = useTranslations('home.needs');
  const { edits } = useMe();
  const failed = useQuery(failedRunsQuery);
  const approvals = useQuery(waitingApprovalsQuery);
  // Who only looks may not see connections, and could do nothing about them.
  const connections = useQuery({ ...homeConnectionsQuery, enabled: edits });
  const installations = useQuery(homeInstallationsQuery);
  const asked = [failed, approvals, installations, ...(edits ? [connections] : [])];
  const error = asked.find((query) => query.data === undefined && query.isError);
  if (error) return <ProblemAlert error={error.error} onRetry={() => asked.forEach((query) => void query.refetch())} />;
  if (asked.some((query) => query.data === undefined)) return <Section title={t('title')}><TableSkeleton rows={4} height={44} /></Section>;

  const names = new Map((installations.data?.data ?? []).map((each) => [each.id, each.name]));
  const failures = failuresOf(failed.data?.data ?? []);
  const waiting = approvals.data?.data ?? [];
  const dead = broken(connections.data?.data ?? []);
  const setups = edits ? unfinished(installations.data?.data ?? []) : [];
  const halted = stopped(installations.data?.data ?? []);
  const since = daysAgo(FAILURE_DAYS);
  const nothing = failures.length + waiting.length + dead.length + setups.length + halted.length === 0;
  return (
    <Section title={t('title')}>
      {nothing ? (
        <Empty icon={<IconCircleCheck size={36} stroke={1.4} />} title={t('nothing')} text={t('nothingText', { days: FAILURE_DAYS })} />
      ) : (
        <Stack gap="lg">
          <Kind icon={IconAlertTriangle} title={t('failed')} all={{ to: '/app/runs', search: { status: 'failed', since } }} count={failures.length} note={failed.data?.next_cursor ? t('failedMost', { count: FAILURES }) : undefined}>
            {failures.slice(0, SHOWN).map((each) => (
              <Need key={`${each.installation} ${each.code}`} title={names.get(each.installation) ?? each.installation} text={<>{t('failedRow', { count: each.count, code: each.code })} · <Time at={each.at} /></>}>
                <Go to="/app/runs" search={{ status: 'failed', installation: each.installation, error: each.code, since }} label={t('looks')} of={`${names.get(each.installation) ?? each.installation} ${each.code}`} />
              </Need>
            ))}
          </Kind>
          <Kind icon={IconPlayerStop} title={t('stopped')} count={halted.length} all={{ to: '/app/workflows' }}>
            {halted.slice(0, SHOWN).map((each) => (
              <Need key={each.id} title={each.name} text={each.problem ?? each.status_reason ?? t('stoppedText', { workflow: each.workflow })}>
                <Go to={`/app/installations/${each.id}`} label={t('looks')} of={each.name} />
              </Need>
            ))}
          </Kind>
          <Kind icon={IconChecklist} title={t('approvals')} count={waiting.length} all={{ to: '/app/approvals' }}>
            {waiting.slice(0, SHOWN).map((each) => (
              <Need key={each.id} title={each.title} text={each.due_at ? <>{t('approvalDue')} <Time at={each.due_at} /></> : <>{t('approvalSince')} <Time at={each.created_at} /></>}>
                <Go to="/app/approvals" search={{ run: each.run_id }} label={edits ? t('decide') : t('looks')} of={each.title} />
              </Need>
            ))}
          </Kind>
          <Kind icon={IconPlugConnectedX} title={t('connections')} count={dead.length} all={{ to: '/app/connections' }}>
            {dead.slice(0, SHOWN).map((each) => (
              <Need
                key={each.id}
                title={each.account_label ? `${each.name} (${each.account_label})` : each.name}
                text={each.status === 'expired' ? t('connectionExpired', { service: each.service }) : (each.last_error ?? t('connectionBroken', { service: each.service }))}
              >
                <Go to="/app/connections" search={{ service: each.service }} label={t('reconnect')} of={each.name} />
              </Need>
            ))}
          </Kind>
          <Kind icon={IconProgress} title={t('setups')} count={setups.length} all={{ to: '/app/workflows' }}>
            {setups.slice(0, SHOWN).map((each) => (
              <Need key={each.id} title={each.name} text={t('setupText', { workflow: each.workflow })}>
                <Go to={`/app/installations/${each.id}/setup`} label={t('setupGo')} of={each.name} />
              </Need>
            ))}
          </Kind>
        </Stack>
      )}
    </Section>
  );
}

interface KindProps {
  icon: Icon;
  title: string;
  count: number;
  all: { to: string; search?: Record<string, string> };
  note?: string | undefined;
  children: ReactNode;
}

function Kind({ icon: Sign, title, count, all, note, children }: KindProps) {
  const t = useTranslations('home.needs');
  if (count === 0) return null;
  return (
    <div>
      <Group gap="xs" mb={4} wrap="nowrap">
        <Sign size={18} stroke={1.6} aria-hidden />
        <Title order={3}>{title}</Title>
      </Group>
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {children}
      </Stack>
      {(count > SHOWN || note) && (
        <Group gap="sm" mt={4}>
          {count > SHOWN && <Go {...all} label={t('all')} of={title} />}
          {note && <Text fz="sm" c="dimmed">{note}</Text>}
        </Group>
      )}
    </div>
  );
}

function Need({ title, text, children }: { title: string; text: ReactNode; children: ReactNode }) {
  return (
    <Group component="li" justify="space-between" wrap="nowrap" gap="sm" py={8} style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
      <div style={{ minWidth: 0 }}>
        <Text fw={550} style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Text>
        <Text component="div" fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {text}
        </Text>
      </div>
      {children}
    </Group>
  );
}

/** The same word in each row, told apart for people who hear it. */
function Go({ to, search, label, of }: { to: string; search?: Record<string, string>; label: string; of: string }) {
  return (
    <LinkButton to={to as string} search={search as never} variant="default" size="xs" aria-label={`${label}: ${of}`} style={{ flex: 'none' }}>
      {label}
    </LinkButton>
  );
}
