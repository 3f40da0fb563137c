import { Select, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Empty, Section } from '../../ui';
import { timeZone } from '../../i18n';
import { useChange, useEdits } from './deeds';
import type { Installation } from './queries';
import { RunNow } from './RunNow';
import { ScheduleCard } from './ScheduleCard';
import { WebhookCard } from './WebhookCard';

/** What starts runs: addresses to give away, and the clock. */
export function TriggersTab({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const [runs, setRuns] = useState(false);
  const { webhooks, schedules } = installation;
  return (
    <Stack gap="lg">
      {webhooks.length === 0 && schedules.length === 0 && <Empty title={t('noTriggers')} text={t('noTriggersText')} />}
      {webhooks.length > 0 && (
        <Section title={t('webhooks')} description={t('webhooksText')}>
          <Stack gap="lg">
            {webhooks.map((webhook) => (
              <WebhookCard key={webhook.trigger_id} installation={installation} webhook={webhook} />
            ))}
          </Stack>
        </Section>
      )}
      {schedules.length > 0 && (
        <Section title={t('schedules')} description={t('schedulesText', { zone: timeZone })}>
          <Stack gap="lg">
            {schedules.map((schedule) => (
              <ScheduleCard key={schedule.trigger_id} installation={installation} schedule={schedule} onRun={() => setRuns(true)} />
            ))}
          </Stack>
        </Section>
      )}
      <Zone installation={installation} />
      {runs && <RunNow installation={installation} onClose={() => setRuns(false)} />}
    </Stack>
  );
}

function Zone({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const edits = useEdits(installation);
  const change = useChange(installation.id, t('timezoneSaved'));
  const zones = useMemo(() => [...new Set(['UTC', installation.timezone, timeZone, ...Intl.supportedValuesOf('timeZone')])], [installation.timezone]);
  return (
    <Section title={t('timezone')} description={t('timezoneText')}>
      <Select
        aria-label={t('timezone')}
        data={zones}
        value={change.isPending ? (change.variables.timezone ?? null) : installation.timezone}
        searchable
        limit={100}
        maw={360}
        allowDeselect={false}
        disabled={!edits || change.isPending}
        onChange={(zone) => zone && zone !== installation.timezone && change.mutate({ timezone: zone })}
      />
    </Section>
  );
}
