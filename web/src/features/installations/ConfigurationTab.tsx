import { Code } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { DataTable, Empty, LinkButton, Section } from '../../ui';
import { useEdits } from './deeds';
import type { Installation } from './queries';

/** The inputs: as a form where one is given, otherwise as they stand. */
export function ConfigurationTab({ installation, form }: { installation: Installation; form?: ((installation: Installation) => ReactNode) | undefined }) {
  const t = useTranslations('installation');
  const edits = useEdits(installation);
  const rows = Object.entries(installation.config as Record<string, unknown>);
  if (form && edits) return <>{form(installation)}</>;
  return (
    <Section title={t('configuration')} description={t('configText')} actions={edits && <LinkButton variant="default" to={`/app/installations/${installation.id}/setup` as string}>{t('changeConfig')}</LinkButton>}>
      <DataTable
        label={t('configuration')}
        rows={rows}
        id={([key]) => key}
        empty={<Empty title={t('noInputs')} text={t('noInputsText')} />}
        columns={[
          { key: 'input', title: t('input'), main: true, render: ([key]) => <Code>{key}</Code> },
          { key: 'value', title: t('value'), render: ([, value]) => <span style={{ overflowWrap: 'anywhere' }}>{typeof value === 'string' ? value : JSON.stringify(value)}</span> },
        ]}
      />
    </Section>
  );
}
