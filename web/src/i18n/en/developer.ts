import { access } from './developer/access';
import { earnings } from './developer/earnings';
import { list } from './developer/list';
import { listing } from './developer/listing';
import { oauthApps } from './developer/oauthApps';
import { rehearsal } from './developer/rehearsal';
import { rollout } from './developer/rollout';
import { variables } from './developer/variables';
import { versions } from './developer/versions';

/** Words of developer: what somebody needs who writes workflows for others. */
export const developer = {
  title: 'Developer',
  access, earnings, list, listing, oauthApps, rehearsal, rollout, variables, versions,
};
