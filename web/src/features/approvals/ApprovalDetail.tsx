import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { Facts, JsonTree, StatusBadge, TextLink, Time } from '../../ui';
import { useNameOf } from '../identity/people';
import { useMe } from '../identity/useMe';
import { words } from './ApprovalList';
import { Deadline } from './Deadline';
import type { Verdict } from './Decide';
import { readable } from './order';
import type { Approval } from './queries';

/** One request: what it is about, who is asked, and the two answers. */
export function ApprovalDetail({ approval, onDecide }: { approval: Approval; onDecide: (verdict: Verdict) => void }) {
  const t = useTranslations('approvals');
  const { edits } = useMe();
  const nameOf = useNameOf([...approval.approvers, approval.decided_by]);
  const { text, data } = readable(approval.detail);
  const isOpen = approval.status === 'pending';
  return (
    <Card withBorder component="article" padding="lg" style={{ overflow: 'visible' }}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <Title order={2} style={{ overflowWrap: 'anywhere', flex: '1 1 220px' }}>
            {approval.title}
          </Title>
          <StatusBadge status={approval.status} label={words(t, approval.status)} />
        </Group>
        <section aria-label={t('detail')}>
          {text && <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</Text>}
          {data !== undefined && <JsonTree value={data} />}
          {!text && data === undefined && <Text c="dimmed">{t('noDetail')}</Text>}
        </section>
        <Facts
          items={[
            [t('asked'), <Time key="c" at={approval.created_at} />],
            [t('asksFor'), approval.approvers.length > 0 ? approval.approvers.map(nameOf).join(', ') : t('anybody')],
            [t('due'), isOpen ? <Deadline key="d" at={approval.due_at} /> : approval.due_at ? <Time key="d" at={approval.due_at} /> : undefined],
            [t('run'), <TextLink key="r" to={`/app/runs/${approval.run_id}` as string}>{t('openRun')}</TextLink>],
            [t('decidedBy'), approval.decided_by ? nameOf(approval.decided_by) : undefined],
            [t('decidedAt'), approval.decided_at ? <Time key="a" at={approval.decided_at} /> : undefined],
            [t('comment'), approval.comment],
          ]}
        />
        {approval.status === 'closed' && <Text fz="sm">{t('closedText')}</Text>}
        {isOpen && edits && (
          <Group>
            <Button leftSection={<IconCheck size={16} aria-hidden />} onClick={() => onDecide('approve')} aria-keyshortcuts="a">
              {t('approve')}
            </Button>
            <Button variant="outline" color="red" leftSection={<IconX size={16} aria-hidden />} onClick={() => onDecide('reject')} aria-keyshortcuts="r">
              {t('reject')}
            </Button>
          </Group>
        )}
        {isOpen && !edits && <Text fz="sm">{t('mayNot')}</Text>}
      </Stack>
    </Card>
  );
}
