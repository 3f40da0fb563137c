import { createFileRoute } from '@tanstack/react-router';

import { DeployPage } from '../../../../features/deploy/DeployPage';

/** `workflow`: a new version of an existing one. `from`: a template or an example, under a `name`. */
interface Search {
  workflow?: string;
  from?: string;
  name?: string;
}

const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

export const Route = createFileRoute('/_in/app/developer/deploy')({
  validateSearch: ({ workflow, from, name }: Record<string, unknown>): Search => ({
    ...(word(workflow) ? { workflow: word(workflow)! } : {}),
    ...(word(from) ? { from: word(from)! } : {}),
    ...(word(name) ? { name: word(name)! } : {}),
  }),
  component: Deploy,
});

function Deploy() {
  return <DeployPage {...Route.useSearch()} />;
}
