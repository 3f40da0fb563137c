import { Alert, Button, Menu, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import { LinkButton, ProblemAlert } from '../../ui';
import { exportRuns, type Format } from './exportRuns';
import type { Search } from './search';

/** The rows behind the figures as a file. */
export function ExportMenu({ id, search }: { id: string; search: Search }) {
  const t = useTranslations('analytics');
  const work = useMutation({ mutationFn: (format: Format) => exportRuns(id, search, format), onSuccess: () => notifications.show({ message: t('exported'), color: 'teal' }) });
  const isClosed = isProblem(work.error, 'EXPORT_DISABLED');
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={work.isPending}>
            {t('export')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Text fz="sm" px="sm" py={6}>{t('exportText')}</Text>
          <Menu.Item onClick={() => work.mutate('csv')}>{t('exportCsv')}</Menu.Item>
          <Menu.Item onClick={() => work.mutate('ndjson')}>{t('exportNdjson')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {work.isError && (
        <Modal opened onClose={() => work.reset()} title={isClosed ? t('exportDisabled') : t('export')}>
          {isClosed ? (
            <Alert variant="light">
              <Text fz="sm" mb="sm">{t('exportDisabledText')}</Text>
              <LinkButton size="xs" variant="default" to={'/app/runs' as string}>{t('openRuns')}</LinkButton>
            </Alert>
          ) : (
            <ProblemAlert error={work.error} />
          )}
        </Modal>
      )}
    </>
  );
}
