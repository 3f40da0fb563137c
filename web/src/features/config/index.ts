/** The form of a workflow's declared inputs: what the set-up and the installation's page fill in. */
export { ConfigForm } from './ConfigForm';
export { declarationQuery } from './queries';
