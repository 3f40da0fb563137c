import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../../../../api/types';
import { ConfigForm, declarationQuery } from '../../../../../features/config';
import { Empty, Loaded, Section } from '../../../../../ui';

/** The inputs as the workflow declares them, in the form that the set-up uses too. */
export function Configuration({ installation }: { installation: Schema<'InstallationAnswer'> }) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const query = useQuery(declarationQuery(installation));
  return (
    <Section title={t('configuration')} description={t('configText')}>
      <Loaded query={query}>
        {({ inputs }) =>
          inputs.length > 0 ? <ConfigForm installation={installation} inputs={inputs} action={common('save')} /> : <Empty title={t('noInputs')} text={t('noInputsText')} />
        }
      </Loaded>
    </Section>
  );
}
