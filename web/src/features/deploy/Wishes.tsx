import { Button, Card, Kbd, Stack, Switch, Text, Textarea } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { ProjectFault } from './project';
import type { Wishes as WishesOf } from './submit';

interface WishesProps {
  wishes: WishesOf;
  onChange: (wishes: WishesOf) => void;
  fault: ProjectFault | undefined;
  busy: boolean;
  onDeploy: () => void;
  /** Whether the workflow exists: only then can anybody lose access. */
  known: boolean;
}

/** Characters of a note that the server takes. */
const NOTE = 2_000;

/** What is asked of a deploy besides the source, and the deploy itself. */
export function Wishes({ wishes, onChange, fault, busy, onDeploy, known }: WishesProps) {
  const t = useTranslations('deploy');
  const set = (news: Partial<WishesOf>) => onChange({ ...wishes, ...news });
  return (
    <Card withBorder component="section" aria-label={t('wishes')}>
      <Stack gap="sm">
        <Textarea label={t('notes')} description={t('notesText')} autosize minRows={2} maxRows={8} maxLength={NOTE} value={wishes.notes} onChange={(event) => set({ notes: event.currentTarget.value })} />
        <Switch label={t('publishToo')} description={t('publishTooText')} checked={wishes.publish} onChange={(event) => set({ publish: event.currentTarget.checked })} />
        {known && wishes.publish && (
          <Switch label={t('revoke')} description={t('revokeText')} checked={wishes.revokeExisting} onChange={(event) => set({ revokeExisting: event.currentTarget.checked })} />
        )}
        <Button onClick={onDeploy} loading={busy} disabled={fault !== undefined} fullWidth>
          {wishes.publish ? t('deployAndPublish') : t('deploy')}
        </Button>
        {fault ? (
          <Text fz="sm" role="alert">{t(`fault.${fault}`)}</Text>
        ) : (
          <Text fz="xs" c="dimmed" ta="center" visibleFrom="sm">{t.rich('deployKeys', { kbd: (keys) => <Kbd size="xs">{keys}</Kbd> })}</Text>
        )}
      </Stack>
    </Card>
  );
}
