import { Button, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { isProblem } from '../api/problem';

/** What opens a workspace that asks for a second factor: adding a first one, or showing the one that the person has. */
export type FactorStep = 'add' | 'show';

/** Which of the two a refusal asks for, if it does. */
export function factorStep(error: unknown): FactorStep | undefined {
  if (isProblem(error, 'SECOND_FACTOR_ENROLMENT_REQUIRED')) return 'add';
  return isProblem(error, 'SECOND_FACTOR_REQUIRED') ? 'show' : undefined;
}

/** Says so, and leads to where it is done, and from there back to this page. Also in notifications, which no router is around. */
export function SecondFactorAsked({ step }: { step: FactorStep }) {
  const t = useTranslations('common.factor');
  const here = location.pathname + location.search;
  return (
    <Stack gap="xs" align="flex-start">
      <Text fz="sm">{t(`${step}Text`)}</Text>
      <Button component="a" href={`/app/account/security?to=${encodeURIComponent(here)}`} size="xs">
        {t(step)}
      </Button>
    </Stack>
  );
}
