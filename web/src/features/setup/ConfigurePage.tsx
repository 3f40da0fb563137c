import { Alert, Loader, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { Empty, LinkButton, Loaded, Page, ProblemAlert, StatusBadge, TextLink } from '../../ui';
import { ofWorkflowQuery, type Installation } from './queries';

/** What comes back from a developer's own page: the word that the server waits for, and which installation, where it says so. */
export interface Returned {
  state: string | undefined;
  installation: string | undefined;
}

/** The address of a workflow's set-up: leads to the workspace's installation of it, and completes what a developer's page began. */
export function ConfigurePage({ workflow, returned }: { workflow: string; returned: Returned }) {
  const query = useQuery(ofWorkflowQuery(workflow));
  return (
    <Loaded query={query}>
      {({ installations }) => (returned.state ? <Coming installations={installations} returned={returned} /> : <WhichOne workflow={workflow} installations={installations} />)}
    </Loaded>
  );
}

/** Gives the word to the installation that waits for it: the page need not have said which one that is. */
function Coming({ installations, returned }: { installations: readonly Installation[]; returned: Returned }) {
  const t = useTranslations('setup');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<unknown>();
  const begun = useRef(false);
  const { state = '', installation } = returned;
  useEffect(() => {
    // The word counts once, also where a component is made twice.
    if (begun.current) return;
    begun.current = true;
    const asked = [...installations.filter((each) => each.id === installation), ...installations.filter((each) => each.id !== installation)];
    void hand(asked, state).then(async (found) => {
      if (typeof found !== 'string') return setProblem(found);
      await queries.invalidateQueries({ queryKey: ['installations'] });
      await navigate({ to: '/app/installations/$id/setup', params: { id: found }, search: {}, replace: true });
    });
  }, [installations, installation, state, queries, navigate]);
  if (problem === undefined) {
    return (
      <Group gap="sm" role="status">
        <Loader size={18} aria-hidden />
        <Text>{t('setupReturns')}</Text>
      </Group>
    );
  }
  const first = installations[0];
  return (
    <Page title={t('setup')} narrow>
      {isProblem(problem, 'INVALID_STATE') ? (
        <Alert color="yellow" variant="light" role="alert">
          <Text fz="sm">{t('setupStale')}</Text>
        </Alert>
      ) : (
        <ProblemAlert error={problem} />
      )}
      {first && (
        <Group>
          <LinkButton to="/app/installations/$id/setup" params={{ id: first.id }} search={{}}>
            {t('toSetup')}
          </LinkButton>
        </Group>
      )}
    </Page>
  );
}

/** The installation that took the word, or why none did. */
async function hand(installations: readonly Installation[], state: string): Promise<unknown> {
  let last: unknown = new Error('no installation');
  for (const { id } of installations) {
    try {
      await data(api.POST('/api/installations/{id}/setup-complete', { params: { path: { id } }, body: { state } }));
      return id;
    } catch (error) {
      last = error;
      if (!isProblem(error, 'INVALID_STATE') && !(isProblem(error) && error.status === 404)) return error;
    }
  }
  return last;
}

interface WhichOneProps {
  workflow: string;
  installations: readonly Installation[];
}

/** On to the only installation, or a choice among several. */
function WhichOne({ workflow, installations }: WhichOneProps) {
  const t = useTranslations('workflows');
  const navigate = useNavigate();
  const only = installations.length === 1 ? installations[0]?.id : undefined;
  useEffect(() => {
    if (only) void navigate({ to: '/app/installations/$id/setup', params: { id: only }, search: {}, replace: true });
  }, [only, navigate]);
  if (only) return <Text role="status">{t('openConfigure')}</Text>;
  if (installations.length === 0) {
    return (
      <Page title={t('title')}>
        <Empty
          title={t('configureNone')}
          text={t('configureNoneText')}
          action={
            <LinkButton to="/workflows/private/$id" params={{ id: workflow }}>
              {t('toInstall')}
            </LinkButton>
          }
        />
      </Page>
    );
  }
  return (
    <Page title={t('configureChoose')} description={t('configureChooseText')} narrow>
      <Stack gap="sm">
        {installations.map((each) => (
          <Group key={each.id} gap="sm">
            <TextLink to="/app/installations/$id/setup" params={{ id: each.id }} search={{}}>{each.name}</TextLink>
            <StatusBadge status={each.status} label={t(`status_${each.status}`)} />
          </Group>
        ))}
      </Stack>
    </Page>
  );
}
