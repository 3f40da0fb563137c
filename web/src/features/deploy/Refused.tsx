import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import { ProblemAlert } from '../../ui';

interface RefusedProps {
  error: Error;
  /** How many of its findings stand at places of the source. */
  placed: number;
  busy: boolean;
  onAnyway: () => void;
  /** Writes another version number into the source. */
  onVersion: (version: string) => void;
}

/** Why nothing was deployed, and the ways out. */
export function Refused({ error, placed, busy, onAnyway, onVersion }: RefusedProps) {
  const t = useTranslations('deploy');
  if (!isProblem(error)) return <ProblemAlert error={error} />;
  const breaking = error.code === 'BREAKING_CHANGE_REQUIRES_MAJOR';
  if (placed > 0 && error.status < 500 && !breaking) {
    return (
      <Alert color="red" variant="light" role="alert" title={t('refused')} icon={<IconAlertTriangle size={20} aria-hidden />}>
        <Text fz="sm">{t('refusedText', { count: placed })}</Text>
      </Alert>
    );
  }
  if (!breaking && error.code !== 'VERSION_NOT_NEWER') return <ProblemAlert error={error} />;
  return (
    <Alert color={breaking ? 'orange' : 'red'} variant="light" role="alert" title={breaking ? t('breaking') : t('notNewer')} icon={<IconAlertTriangle size={20} aria-hidden />}>
      <Stack gap="sm">
        <Text fz="sm">{breaking ? t('breakingText') : error.detail}</Text>
        {breaking && (
          <ul style={{ margin: 0, paddingInlineStart: 20 }}>
            {error.errors.map((each) => (
              <li key={`${each.field} ${each.message}`}>
                {each.field && <Code>{each.field}</Code>} {each.message}
              </li>
            ))}
          </ul>
        )}
        <Group gap="xs">
          {error.suggestions.map((version) => (
            <Button key={version} size="xs" variant="default" onClick={() => onVersion(version)}>
              {t('setVersion', { version })}
            </Button>
          ))}
          {breaking && (
            <Button size="xs" color="red" loading={busy} onClick={onAnyway}>
              {t('anyway')}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
