import { Anchor, Drawer, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Facts, Loaded, StatusBadge, Time } from '../../ui';
import { linked } from './linked';

/** One mail as its reader has it, as text: the page's policy admits no foreign styles, and a text says all that the mail says. */
export function MailDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useTranslations('settings.mails');
  const query = useQuery({ queryKey: ['mails', id], queryFn: () => data(api.GET('/api/v1/mails/{mail_id}', { params: { path: { mail_id: id } } })) });
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={query.data?.subject ?? t('title')}>
      <Loaded query={query}>
        {(mail) => (
          <Stack>
            <Facts
              cols={2}
              items={[
                [t('to'), mail.to],
                [t('state'), <StatusBadge key="state" status={mail.state} label={t(`states.${mail.state}`)} />],
                [t('template'), mail.template],
                [t('written'), <Time key="at" at={mail.created_at} exact />],
                [t('attempts'), mail.attempts],
                [t('next'), mail.next_attempt_at && <Time at={mail.next_attempt_at} />],
                [t('finished'), mail.finished_at && <Time at={mail.finished_at} />],
                [t('error'), mail.error],
              ]}
            />
            <Text component="pre" ff="inherit" fz="sm" m={0} p="md" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}>
              {linked(mail.text).map((piece, at) =>
                piece.href === undefined ? (
                  piece.text
                ) : (
                  <Anchor key={at} href={piece.href} target="_blank" rel="noreferrer" fz="sm">
                    {piece.text}
                  </Anchor>
                ),
              )}
            </Text>
            <Text fz="sm" c="dimmed">
              {t('textNote')}
            </Text>
          </Stack>
        )}
      </Loaded>
    </Drawer>
  );
}
