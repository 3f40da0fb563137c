import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { useTranslations } from 'use-intl';

import { Loaded, LinkButton, Page } from '../../ui';
import { useMe } from '../identity/useMe';
import { sourceQuery } from '../source';
import { Beginnings } from './Beginnings';
import { Keep } from './kept';
import type { Project } from './project';
import { subjectQuery } from './queries';
import { begin, isBeginning } from './templates';
import { Workbench } from './Workbench';

interface DeployPageProps {
  workflow?: string | undefined;
  from?: string | undefined;
  name?: string | undefined;
}

/** Writing and deploying a workflow: a new one, or a new version of one that is there. */
export function DeployPage({ workflow, from, name }: DeployPageProps) {
  const t = useTranslations('deploy');
  const navigate = useNavigate();
  const { me, workspace, edits } = useMe();
  const keep = useMemo(() => new Keep(workspace.tenant_id, me.id), [workspace.tenant_id, me.id]);
  // What began as a new workflow and was deployed from here stays as it is on the screen when the address changes.
  const adopted = useRef<{ slug: string; search: DeployPageProps }>(undefined);
  const asked = adopted.current && adopted.current.slug === workflow ? adopted.current.search : { workflow, from, name };
  const adopt = (slug: string) => {
    if (asked.workflow !== undefined) return;
    adopted.current = { slug, search: asked };
    void navigate({ to: '/app/developer/deploy', search: { workflow: slug }, replace: true, ignoreBlocker: true, resetScroll: false });
  };
  const shared = { keep, onDeployed: adopt };
  const trail = [{ label: t('trail'), href: '/app/developer' }];
  if (!edits) return <Page title={t('title')} trail={trail}><Alert color="yellow">{t('mayNot')}</Alert></Page>;
  if (asked.workflow !== undefined) return <Existing key={asked.workflow} workflow={asked.workflow} {...shared} />;
  if (isBeginning(asked.from)) return <New key={`${asked.from} ${asked.name ?? ''}`} from={asked.from} name={asked.name} {...shared} />;
  return <Page title={t('title')} description={t('about')} trail={trail}><Beginnings keep={keep} /></Page>;
}

interface Shared {
  keep: Keep;
  onDeployed: (slug: string) => void;
}

function Existing({ workflow, ...shared }: Shared & { workflow: string }) {
  const t = useTranslations('deploy');
  const found = useQuery(subjectQuery(workflow));
  const source = useQuery({ ...sourceQuery(workflow, found.data?.latest_version_id ?? 'latest'), enabled: found.data !== undefined });
  const title = found.data?.name ?? workflow;
  const trail = [{ label: t('trail'), href: '/app/developer' }, { label: title, href: `/app/developer/workflows/${workflow}` }];
  return (
    <Page title={t('titleOf', { name: title })} trail={trail} actions={<LinkButton to={`/app/developer/workflows/${workflow}` as string} variant="default">{t('toWorkflow')}</LinkButton>}>
      <Loaded query={found}>
        {(detail) => (
          <Loaded query={source}>
            {({ entry, files }) => <Workbench {...shared} about={`workflow:${detail.slug}`} workflow={detail.slug} base={detail.latest_version_id} origin={plain({ entry, files })} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function New({ from, name, ...shared }: Shared & { from: Parameters<typeof begin>[0]; name: string | undefined }) {
  const t = useTranslations('deploy');
  const title = name ?? t('untitled');
  const origin = useQuery({ queryKey: ['beginning', from, title], queryFn: () => begin(from, title), staleTime: Infinity });
  return (
    <Page title={name ?? t('newWorkflow')} trail={[{ label: t('trail'), href: '/app/developer' }, { label: t('title'), href: '/app/developer/deploy' }]}>
      <Loaded query={origin}>{(project) => <Workbench {...shared} about={`new:${from}${name === undefined ? '' : `:${name}`}`} origin={plain(project)} />}</Loaded>
    </Page>
  );
}

/** Lines end in one way: the editor and the language service count them alike then. */
function plain({ files, entry }: Project): Project {
  return { entry, files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replaceAll('\r\n', '\n')])) };
}
