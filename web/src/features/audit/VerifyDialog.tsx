import { Alert, Button, FileInput, Group, Modal, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { CopyIcon, Facts, Loaded, ProblemAlert, StatusBadge, TableSkeleton, Time } from '../../ui';
import { linesOf } from './lines';
import { auditKeysQuery, fetchExport } from './queries';
import { Fault, verify, type Report } from './verify';

/** Proves the log in this browser: from the server, or from an export that somebody kept. */
export default function VerifyDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.audit');
  const keys = useQuery(auditKeysQuery);
  const [source, setSource] = useState<'server' | 'file'>('server');
  const [file, setFile] = useState<File | null>(null);
  const [pin, setPin] = useState('');
  const [seen, setSeen] = useState(0);
  const wrongPin = pin.trim() !== '' && !/^[0-9a-f]{32}$/.test(pin.trim());
  const check = useMutation({
    mutationFn: async () => {
      setSeen(0);
      const stream = source === 'file' ? file?.stream() : (await fetchExport({})).body;
      return verify(linesOf(stream ?? new Blob().stream()), pin.trim() || undefined, setSeen);
    },
  });
  if (!globalThis.crypto?.subtle)
    return (
      <Modal opened onClose={onClose} title={t('verifyTitle')}>
        <Alert color="yellow" icon={<IconShieldQuestion size={20} aria-hidden />}>
          {t('verifyInsecure')}
        </Alert>
      </Modal>
    );
  return (
    <Modal opened onClose={onClose} size="lg" title={t('verifyTitle')}>
      <Stack>
        <Text fz="sm">{t('verifyText')}</Text>
        <SegmentedControl
          aria-label={t('verifySource')}
          value={source}
          onChange={(value) => {
            setSource(value as 'server' | 'file');
            check.reset();
          }}
          data={[
            { value: 'server', label: t('verifyServer') },
            { value: 'file', label: t('verifyFile') },
          ]}
        />
        {source === 'file' && <FileInput label={t('verifyFileLabel')} accept=".ndjson,.json,application/x-ndjson" value={file} onChange={setFile} clearable />}
        <TextInput
          label={t('verifyPin')}
          description={t('verifyPinText')}
          value={pin}
          onChange={(event) => setPin(event.currentTarget.value)}
          error={wrongPin ? t('verifyPinWrong') : undefined}
          autoComplete="off"
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Group justify="space-between">
          <Text fz="sm" c="dimmed" role="status">
            {check.isPending && t('verifyRows', { count: seen })}
          </Text>
          <Button loading={check.isPending} disabled={wrongPin || (source === 'file' && !file)} onClick={() => check.mutate()} leftSection={<IconShieldCheck size={16} aria-hidden />}>
            {t('verifyGo')}
          </Button>
        </Group>
        {check.data && <Proven report={check.data} pinned={pin.trim() !== ''} />}
        {check.error instanceof Fault ? <Broken fault={check.error} /> : check.isError && <ProblemAlert error={check.error} />}
        <section>
          <Title order={3}>{t('keys')}</Title>
          <Text fz="sm" c="dimmed" mb="xs">
            {t('keysText')}
          </Text>
          <Loaded query={keys} skeleton={<TableSkeleton rows={1} />}>
            {(list) => (
              <Stack gap={4}>
                {list.data.map((key) => (
                  <Group key={key.fingerprint} gap="xs">
                    <Text ff="monospace" fz="sm" style={{ overflowWrap: 'anywhere' }}>
                      {key.fingerprint}
                    </Text>
                    <CopyIcon value={key.fingerprint} label={key.fingerprint} />
                    <StatusBadge status={key.retired_at ? 'retired' : 'active'} label={key.retired_at ? t('keyRetired') : t('keyCurrent')} />
                  </Group>
                ))}
              </Stack>
            )}
          </Loaded>
        </section>
      </Stack>
    </Modal>
  );
}

function Proven({ report, pinned }: { report: Report; pinned: boolean }) {
  const t = useTranslations('settings.audit');
  return (
    <Alert color={report.signed ? 'teal' : 'yellow'} role="status" icon={<IconShieldCheck size={20} aria-hidden />} title={!report.signed ? t('verifyChain') : pinned ? t('verifyGoodPinned') : t('verifyGood')}>
      {!report.signed && <Text fz="sm" mb="xs">{t('verifyChainText')}</Text>}
      <Facts
        cols={2}
        items={[
          [t('verifyRange'), t('verifyRangeValue', { first: report.first, last: report.last, rows: report.rows })],
          [t('verifyBegin'), report.fromTheBeginning ? t('verifyBeginFirst') : report.droppedUntil !== undefined ? t('verifyBeginHead', { row: report.droppedUntil }) : t('verifyBeginMiddle')],
          [t('verifyKey'), report.key],
          [t('verifyAt'), <Time key="at" at={report.exportedAt} exact />],
          [t('verifyErased'), report.erased > 0 ? report.erased : undefined],
          [t('verifyTenant'), report.tenant],
        ]}
      />
    </Alert>
  );
}

function Broken({ fault }: { fault: Fault }) {
  const t = useTranslations('settings.audit');
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle size={20} aria-hidden />} title={t('verifyBad')}>
      <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
        {t('verifyBadText', { line: fault.line, place: fault.place, seq: String(fault.seq ?? ''), reason: fault.reason })}
      </Text>
      <Text fz="sm">{t('verifyBadAdvice')}</Text>
    </Alert>
  );
}
