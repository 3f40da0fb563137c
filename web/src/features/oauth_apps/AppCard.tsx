import { ActionIcon, Button, Group, Menu, Stack, Text } from '@mantine/core';
import { IconArrowUpRight, IconDotsVertical, IconPencil, IconRosetteDiscountCheck, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { CopyField, Facts, Section, StatusBadge, Time, useConfirm, useDo, useFormat, type Tone } from '../../ui';
import { useMe } from '../identity/useMe';
import { promotionOf } from './appForm';
import { ConsentDialog } from './ConsentDialog';
import { PromoteDialog } from './PromoteDialog';
import { appsQuery, place, wayBack, workflowsQuery, type OAuthApp, type Tested } from './queries';
import { TestAnswer } from './TestAnswer';

const statusTones: Record<OAuthApp['status'], Tone> = { development: 'idle', testing: 'busy', pending_review: 'waiting', production: 'good', rejected: 'bad', suspended: 'bad' };
const healthTones: Record<OAuthApp['health_status'], Tone> = { healthy: 'good', degraded: 'waiting', unhealthy: 'bad', unknown: 'idle' };

/** One app: where it stands, whether it works, what to register, what to do with it. */
export function AppCard({ app, onChange }: { app: OAuthApp; onChange: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const { edits } = useMe();
  const { data: workflows } = useQuery({ ...workflowsQuery, enabled: typeof app.workflow_id === 'string' });
  const workflow = workflows?.data.find((each) => each.id === app.workflow_id);
  const [answer, setAnswer] = useState<Tested>();
  const [consents, setConsents] = useState<Tested>();
  const test = useDo({
    work: () => data(api.POST('/api/developer/oauth-apps/{provider}/test', { params: { path: { provider: app.provider }, query: { ...place(app).query, return_to: wayBack(app) } } })),
    renews: [appsQuery.queryKey],
  });
  return (
    <Section
      title={app.provider}
      description={app.workflow_id ? t('forWorkflow', { workflow: workflow?.name ?? app.workflow_id }) : t('allWorkflows')}
      actions={
        edits && (
          <>
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate(undefined, { onSuccess: setAnswer })}>
              {t('testNow')}
            </Button>
            {app.kind === 'oauth' && (
              <Button variant="default" loading={test.isPending} rightSection={<IconArrowUpRight size={16} aria-hidden />} onClick={() => test.mutate(undefined, { onSuccess: setConsents })}>
                {t('testConsent')}
              </Button>
            )}
            <MoreMenu app={app} onChange={onChange} />
          </>
        )
      }
    >
      <Stack gap="md">
        <Group gap="xs">
          <StatusBadge status={app.status} tone={statusTones[app.status]} label={t(`statuses.${app.status}`)} />
          <StatusBadge status={app.health_status} tone={healthTones[app.health_status]} label={t(`healths.${app.health_status}`)} />
          <Text span fz="sm" c="dimmed">
            {t(`statusHints.${app.status}`)}
          </Text>
        </Group>
        {answer && <TestAnswer tested={answer} />}
        <Known app={app} />
        {app.kind === 'oauth' && <CopyField label={t('redirectUri')} description={t('redirectHint')} value={app.redirect_uri} />}
      </Stack>
      <ConsentDialog app={app} tested={consents} onClose={() => setConsents(undefined)} />
    </Section>
  );
}

function Known({ app }: { app: OAuthApp }) {
  const t = useTranslations('developer.oauthApps');
  const format = useFormat();
  const secrets = Object.entries(app.secrets).map(([name, masked]) => `${name} ${masked}`);
  const test = app.last_test;
  const tested = test && (
    <>
      {test.success ? t('testPassed', { when: format.instant(test.at) }) : t('testFailed', { when: format.instant(test.at), error: test.error ?? t('noReason') })}
      {test.revoked && `; ${t('testRevoked')}`}
    </>
  );
  return (
    <Facts
      items={[
        [t('kind'), t(`kinds.${app.kind}`)],
        [t('clientId'), app.client_id],
        [t('secrets'), secrets.join(', ')],
        [t('scopes'), app.kind === 'oauth' ? app.scopes.join(', ') || t('scopesDeclared') : undefined],
        [t('lookedAt'), app.last_health_check_at && <Time key="looked" at={app.last_health_check_at} />],
        [t('lastError'), app.last_error],
        [t('lastTest'), tested],
        [t('justification'), app.justification],
        [t('reviewNote'), app.review_note],
      ]}
    />
  );
}

function MoreMenu({ app, onChange }: { app: OAuthApp; onChange: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const confirm = useConfirm();
  const [promotes, setPromotes] = useState(false);
  const remove = useDo({
    work: () => api.DELETE('/api/developer/oauth-apps/{provider}', { params: place(app) }),
    renews: [appsQuery.queryKey],
    says: t('removed'),
  });
  const ask = async () => {
    if (await confirm({ title: t('removeTitle', { provider: app.provider }), text: t('removeText'), action: t('removeDo'), danger: true })) remove.mutate();
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} loading={remove.isPending} aria-label={t('more', { provider: app.provider })}>
            <IconDotsVertical size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onChange}>
            {t('change')}
          </Menu.Item>
          {promotionOf(app.status) && (
            <Menu.Item leftSection={<IconRosetteDiscountCheck size={16} aria-hidden />} onClick={() => setPromotes(true)}>
              {t('promote')}
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void ask()}>
            {t('remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <PromoteDialog app={app} opened={promotes} onClose={() => setPromotes(false)} />
    </>
  );
}
