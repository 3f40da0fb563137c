import { createFileRoute } from '@tanstack/react-router';

import { ConfigStep } from './-ConfigStep';
import { SetupPage } from '../../../../features/setup/SetupPage';

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
  return (
    <SetupPage
      key={id}
      id={id}
      step={step}
      run={run}
      returned={{ connection, error }}
      onStep={(step, started) => void navigate({ search: { step, run: started ?? run } })}
      config={(props) => <ConfigStep {...props} />}
    />
  );
}
