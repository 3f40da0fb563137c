import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../../../../api/types';
import { ConfigForm, declarationQuery } from '../../../../../features/config';
import { Empty, Loaded, Section } from '../../../../../ui';

/** The inputs as the installed version declares them, in the form that the set-up uses too. */
export function Configuration({ installation }: { installation: Schema<'InstallationAnswer'> }) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const setup = useTranslations('setup');
  const query = useQuery(declarationQuery(installation));
  return (
    <Section title={t('configuration')} description={t('configText')}>
      <Loaded query={query}>
        {(declared) => {
          if (declared === null) return <Text>{setup('configUnknown')}</Text>;
          if (declared.inputs.length === 0) return <Empty title={t('noInputs')} text={t('noInputsText')} />;
          return <ConfigForm installation={installation} inputs={declared.inputs} action={common('save')} />;
        }}
      </Loaded>
    </Section>
  );
}
