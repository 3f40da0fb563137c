import { TextInput } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { DataTable, Empty, LinkButton, Loaded, Page, StatusBadge, TextLink } from '../../ui';
import { choicesQuery } from './queries';

/** Which workflow's figures. */
export function ChoicePage() {
  const t = useTranslations('analytics');
  const query = useQuery(choicesQuery);
  const [text, setText] = useState('');
  const has = (word: string) => word.toLowerCase().includes(text.trim().toLowerCase());
  return (
    <Page title={t('title')} description={t('choose')}>
      <Loaded query={query}>
        {(choices) => (
          <>
            {choices.length > 8 && <TextInput label={t('findWorkflow')} type="search" value={text} onChange={(event) => setText(event.currentTarget.value)} maw={360} />}
            <DataTable
              label={t('title')}
              rows={choices.filter((each) => has(each.name) || each.installed.some(has))}
              id={(row) => row.id}
              href={(row) => `/app/analytics/${row.id}`}
              empty={<Empty icon={<IconChartBar size={40} />} title={t('none')} text={t('noneText')} action={<LinkButton to={'/app/workflows' as string}>{t('browse')}</LinkButton>} />}
              columns={[
                { key: 'name', title: t('workflow'), main: true, render: (row) => <TextLink to="/app/analytics/$id" params={{ id: row.id }}>{row.name}</TextLink> },
                { key: 'whose', title: t('whose'), render: (row) => <StatusBadge status="whose" tone={row.own ? 'busy' : 'idle'} label={row.own ? t('everybody') : t('ownRuns')} /> },
                { key: 'installed', title: t('installed'), render: (row) => row.installed.join(', ') || '–' },
              ]}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}
