import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { Problem } from '../api/problem';
import { Words } from '../i18n';
import { ProblemAlert } from './ProblemAlert';

function tell(code: string) {
  history.replaceState(null, '', '/app/runs?status=failed');
  render(
    <MantineProvider env="test">
      <Words>
        <ProblemAlert error={new Problem({ status: 403, code, title: 'Forbidden', detail: 'It is refused.', hint: 'POST /api/v1/somewhere.' })} />
      </Words>
    </MantineProvider>,
  );
}

test.each(['SECOND_FACTOR_ENROLMENT_REQUIRED', 'SECOND_FACTOR_REQUIRED'])('%s leads to where it is mended, and back', (code) => {
  tell(code);
  expect(screen.getByRole('link').getAttribute('href')).toBe('/app/account/security?to=%2Fapp%2Fruns%3Fstatus%3Dfailed');
  expect(screen.queryByText(/POST/)).toBeNull();
});

test('any other refusal is told as the server tells it', () => {
  tell('WORKSPACE_DEACTIVATED');
  expect(screen.queryByRole('link')).toBeNull();
  expect(screen.getByText('POST /api/v1/somewhere.')).toBeTruthy();
});
