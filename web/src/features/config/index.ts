/** A workflow's declared inputs: the form that the set-up and the installation's page fill in, and what a version asks before it is taken. */
export { Answers } from './Answers';
export { ConfigForm } from './ConfigForm';
export { declarationQuery } from './queries';
