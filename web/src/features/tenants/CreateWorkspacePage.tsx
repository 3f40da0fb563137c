import { Anchor, Button, Chip, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertCircle, IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { begin } from '../../api/session';
import type { Schema } from '../../api/types';
import { TextLink } from '../../ui';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { safeReturn } from '../identity/guard';
import { meQuery, workspacesQuery } from '../identity/queries';
import { signOut } from '../identity/signOut';
import { useWait } from '../identity/wait';
import { slugQuery } from './queries';
import { isSlug, slugOf } from './slug';

/** The first workspace of a person, or a further one. */
export function CreateWorkspacePage({ to }: { to: string | undefined }) {
  const t = useTranslations('auth.workspace');
  const queries = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const { data: me } = useSuspenseQuery(meQuery);
  const { data: workspaces } = useSuspenseQuery(workspacesQuery);
  const isFirst = workspaces.data.length === 0;
  const [name, setName] = useState('');
  const [own, setOwn] = useState<string>();
  const slug = own ?? slugOf(name);
  const create = useMutation({
    mutationFn: (body: Schema<'WorkspaceRequest'>) => data(isFirst ? api.POST('/api/v1/auth/create-workspace', { body }) : api.POST('/api/v1/workspaces', { body })),
    onSuccess: (answer) => {
      begin(answer);
      queries.clear();
      router.history.replace(safeReturn(to));
    },
  });
  const left = useWait(create.error);
  const check = useSlug(slug);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ workspace_name: name.trim(), workspace_slug: slug, personal: false });
  };
  const atSlug = isProblem(create.error, 'SLUG_TAKEN') || isProblem(create.error, 'INVALID_SLUG');
  return (
    <Stack>
      <DoorTitle title={t(isFirst ? 'firstTitle' : 'title')} text={t('text')} />
      {!atSlug && <DoorProblem error={create.error} left={left} />}
      <Stack component="form" onSubmit={submit}>
        <TextInput label={t('name')} placeholder={t('namePlaceholder')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} autoComplete="organization" autoFocus required withAsterisk={false} />
        <div>
          <TextInput
            label={t('slug')}
            description={t('slugHelp')}
            value={slug}
            onChange={(event) => {
              setOwn(event.currentTarget.value.toLowerCase());
              create.reset();
            }}
            error={check.error ?? (isProblem(create.error, 'SLUG_TAKEN') ? t('taken', { slug }) : undefined)}
            autoCapitalize="none"
            spellCheck={false}
            maxLength={30}
            rightSection={check.rightSection}
            required
            withAsterisk={false}
          />
          <Text fz="sm" role="status" mt={4} mih={20}>
            {check.says}
          </Text>
          {check.suggestions.length > 0 && (
            <Group gap="xs" role="group" aria-label={t('suggestions')}>
              <Text fz="sm">{t('suggestions')}</Text>
              {check.suggestions.map((each) => (
                <Chip key={each} size="xs" checked={false} onChange={() => setOwn(each)}>
                  {each}
                </Chip>
              ))}
            </Group>
          )}
        </div>
        <Button type="submit" loading={create.isPending} disabled={left > 0 || name.trim() === '' || !isSlug(slug) || check.taken}>
          {t('submit')}
        </Button>
      </Stack>
      {isFirst && (
        <Text fz="sm">
          {t('personal')}{' '}
          <Anchor component="button" type="button" fz="sm" underline="always" disabled={create.isPending} onClick={() => create.mutate({ personal: true })}>
            {t('personalAction')}
          </Anchor>
        </Text>
      )}
      <Group justify="space-between" gap="xs">
        <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {t('signedInAs', { email: me.email })}
        </Text>
        {me.tenant_id ? (
          <TextLink to="/app" fz="sm">
            {t('cancel')}
          </TextLink>
        ) : (
          <Anchor component="button" type="button" fz="sm" onClick={() => void signOut(queries).then(() => navigate({ to: '/app/sign-in' }))}>
            {t('signOut')}
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

/** What is known of a short name while one types: asked once the typing rests. */
function useSlug(slug: string) {
  const t = useTranslations('auth.workspace');
  const [rested] = useDebouncedValue(slug, 350);
  const asked = useQuery({ ...slugQuery(rested), enabled: isSlug(rested) });
  const known = rested === slug && isSlug(slug) ? asked.data : undefined;
  const checking = isSlug(slug) && (rested !== slug || asked.isFetching);
  const taken = known?.available === false;
  const reserved = rested === slug && isProblem(asked.error, 'INVALID_SLUG');
  return {
    taken: taken || reserved,
    suggestions: known?.suggestions ?? [],
    error: slug !== '' && rested === slug && !isSlug(slug) ? t('shape') : reserved ? t('reserved') : taken ? t('taken', { slug }) : undefined,
    says: known?.available ? t('free', { slug }) : checking ? t('checking') : '',
    rightSection: checking ? (
      <Loader size={16} aria-hidden />
    ) : known?.available ? (
      <IconCircleCheck size={18} color="var(--mantine-color-teal-6)" aria-hidden />
    ) : taken || reserved ? (
      <IconAlertCircle size={18} color="var(--mantine-color-error)" aria-hidden />
    ) : undefined,
  };
}
