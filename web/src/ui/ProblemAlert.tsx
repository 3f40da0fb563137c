import { Alert, Anchor, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { isProblem, UNREACHABLE } from '../api/problem';
import { Empty } from './Empty';
import { LinkButton } from './links';
import { factorStep, SecondFactorAsked } from './SecondFactorAsked';

/** What went wrong, why, and what to do about it. Nothing where there is no error. */
export function ProblemAlert({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const t = useTranslations('common');
  if (error === null || error === undefined) return null;
  const problem = isProblem(error) ? error : undefined;
  const step = factorStep(error);
  if (step)
    return (
      <Alert color="yellow" variant="light" icon={<IconLock size={20} aria-hidden />} title={t('factor.title')} role="alert">
        <SecondFactorAsked step={step} />
      </Alert>
    );
  const text = problem?.code === UNREACHABLE ? t('unreachable') : (problem?.detail ?? t('crashedText'));
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={20} aria-hidden />} title={problem?.title ?? t('crashed')} role="alert">
      <Stack gap="xs">
        <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
          {text}
        </Text>
        {problem?.hint && <Text fz="sm">{problem.hint}</Text>}
        {problem && problem.errors.length > 0 && (
          <ul style={{ margin: 0, paddingInlineStart: 20 }}>
            {problem.errors.map((each) => (
              <li key={`${each.field} ${each.message}`}>
                <Code>{each.field}</Code> {each.message}
              </li>
            ))}
          </ul>
        )}
        <Group gap="md">
          {onRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              {t('retry')}
            </Button>
          )}
          {problem?.page && (
            <Anchor href={problem.page} target="_blank" fz="sm">
              {t('explain', { code: problem.code })}
            </Anchor>
          )}
          {problem?.requestId && (
            <Text fz="xs" c="dimmed">
              {t('requestId', { id: problem.requestId })}
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

/** In place of a page that could not be drawn. */
export function Crash({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return isProblem(error) && error.status === 404 ? <Missing /> : <ProblemAlert error={error} onRetry={onRetry} />;
}

/** In place of what does not exist for this person. */
export function Missing() {
  const t = useTranslations('common');
  return <Empty order={1} title={t('notFound')} text={t('notFoundText')} action={<LinkButton to="/app">{t('goHome')}</LinkButton>} />;
}
