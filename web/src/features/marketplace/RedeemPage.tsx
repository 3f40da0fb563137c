import { Card, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { Page } from '../../ui';
import { ownPath } from './listing';
import { RedeemForm } from './RedeemForm';

/** Where a share link leads: the code is filled in, and says which workflow it opens. */
export function RedeemPage({ code }: { code: string | undefined }) {
  const t = useTranslations('workflows');
  const navigate = useNavigate();
  return (
    <Page title={t('redeemTitle')} description={t('redeemText')} narrow>
      <Card withBorder padding="lg">
        <RedeemForm key={code ?? ''} code={code ?? ''} onRedeemed={(answer) => void navigate({ to: ownPath(answer.install_url) })} />
      </Card>
      <Text fz="sm" c="dimmed">
        {t('redeemNote')}
      </Text>
    </Page>
  );
}
