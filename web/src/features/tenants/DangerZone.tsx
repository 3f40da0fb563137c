import { Button, Divider, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Section, useConfirm, useDo, useFormat } from '../../ui';
import { switchWorkspace } from '../identity/switchWorkspace';
import { useMe } from '../identity/useMe';

/** What cannot be taken back by oneself. */
export function DangerZone() {
  const t = useTranslations('settings.workspace');
  const format = useFormat();
  const confirm = useConfirm();
  const { me, workspace, workspaces, role } = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  /** On to another workspace, or to making one. */
  const goOn = async () => {
    const next = workspaces.find((each) => each.tenant_id !== workspace.tenant_id);
    if (next) await switchWorkspace(queries, next.tenant_id);
    else queries.clear();
    await navigate({ to: next ? '/app' : '/app/create-workspace' });
    await router.invalidate();
  };
  const leave = useDo({
    work: () => api.DELETE('/api/v1/workspace/users/{user_id}', { params: { path: { user_id: me.id } } }),
    says: t('leaveSaid'),
    done: () => void goOn(),
  });
  const remove = useDo({
    work: () => data(api.POST('/api/v1/workspace/delete', { body: { confirm_slug: workspace.workspace_slug } })),
    says: (answer) => t('deleteSaid', { date: answer.deleted_on ? format.date(answer.deleted_on) : '–' }),
    done: () => void goOn(),
  });
  const name = workspace.workspace_name;
  return (
    <Section title={t('danger')}>
      <Stack>
        <Deed text={t('leaveText')} action={t('leave')} loading={leave.isPending} onClick={async () => (await confirm({ title: t('leaveTitle', { name }), text: t('leaveText'), action: t('leave'), danger: true })) && leave.mutate()} />
        {role === 'owner' && (
          <>
            <Divider />
            <Deed
              text={t('deleteText')}
              action={t('delete')}
              loading={remove.isPending}
              onClick={async () => (await confirm({ title: t('deleteTitle', { name }), text: t('deleteText'), action: t('delete'), danger: true, word: workspace.workspace_slug })) && remove.mutate()}
            />
          </>
        )}
      </Stack>
    </Section>
  );
}

function Deed({ text, action, loading, onClick }: { text: string; action: string; loading: boolean; onClick: () => void }) {
  return (
    <Group justify="space-between" gap="md">
      <Text fz="sm" style={{ flex: '1 1 260px' }}>
        {text}
      </Text>
      <Button variant="outline" color="red" c="light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))" loading={loading} onClick={onClick}>
        {action}
      </Button>
    </Group>
  );
}
