import { useQuery } from '@tanstack/react-query';
import { createFileRoute } from '@tanstack/react-router';
import { useCallback } from 'react';

import { declarationQuery } from '../../../../features/config';
import { installationQuery } from '../../../../features/setup/queries';
import { SetupPage } from '../../../../features/setup/SetupPage';
import type { StepKey } from '../../../../features/setup/steps';
import { ConfigStep } from './-ConfigStep';

interface Search {
  step?: string | undefined;
  /** The test run that is watched. */
  run?: string | undefined;
  /** What came back from a service. */
  connection?: string | undefined;
  error?: string | undefined;
}

const text = (said: unknown): string | undefined => (typeof said === 'string' && said !== '' ? said : undefined);

export const Route = createFileRoute('/_in/app/installations/$id_/setup')({
  validateSearch: (said: Record<string, unknown>): Search => ({ step: text(said.step), run: text(said.run), connection: text(said.connection), error: text(said.error) }),
  component: Setup,
});

function Setup() {
  const { id } = Route.useParams();
  const { step, run, connection, error } = Route.useSearch();
  const navigate = Route.useNavigate();
  const go = useCallback((next: StepKey, started?: string) => void navigate({ search: { step: next, run: started ?? run }, replace: step === undefined }), [navigate, run, step]);
  const installation = useQuery(installationQuery(id));
  const known = installation.data ?? { workflow_id: '', version_id: '' };
  const declaration = useQuery({ ...declarationQuery(known), enabled: installation.data !== undefined });
  return (
    <SetupPage
      key={id}
      id={id}
      step={step}
      run={run}
      capabilities={declaration.isError ? null : declaration.data}
      returned={{ connection, error }}
      onStep={go}
      config={(props) => <ConfigStep {...props} />}
    />
  );
}
