import { Button, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { StatusBadge, Time } from '../../ui';
import classes from './ApprovalList.module.css';
import { Deadline } from './Deadline';
import type { Approval } from './queries';

interface ApprovalListProps {
  rows: readonly Approval[];
  selected: string | undefined;
  onSelect: (id: string) => void;
  more: { load: () => void; loading: boolean } | undefined;
}

/** Requests to choose from. */
export function ApprovalList({ rows, selected, onSelect, more }: ApprovalListProps) {
  const t = useTranslations('approvals');
  const common = useTranslations('common');
  return (
    <Stack gap="xs" component="nav" aria-label={t('list')}>
      {rows.map((row) => (
        <UnstyledButton key={row.id} className={classes.row} aria-current={row.id === selected ? 'true' : undefined} onClick={() => onSelect(row.id)} onFocus={(event) => event.currentTarget.matches(':focus-visible') && onSelect(row.id)}>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text fw={600} fz="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
              {row.title}
            </Text>
            <StatusBadge status={row.status} label={words(t, row.status)} />
          </Group>
          <Group gap="sm" mt={4}>
            <Text fz="xs" component="span">
              <Time at={row.decided_at ?? row.created_at} />
            </Text>
            {row.status === 'pending' && <Deadline at={row.due_at} brief />}
          </Group>
        </UnstyledButton>
      ))}
      {more && (
        <Button variant="default" onClick={more.load} loading={more.loading}>
          {common('more')}
        </Button>
      )}
    </Stack>
  );
}

const known = ['pending', 'approved', 'rejected', 'closed'] as const;

/** A state in words; one that this app does not know as the server words it. */
export function words(t: ReturnType<typeof useTranslations<'approvals'>>, status: string): string {
  const found = known.find((each) => each === status);
  return found ? t(`status_${found}`) : status;
}
