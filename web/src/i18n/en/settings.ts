import { apiKeys } from './settings/apiKeys';
import { audit } from './settings/audit';
import { billing } from './settings/billing';
import { mails } from './settings/mails';
import { members } from './settings/members';
import { sso } from './settings/sso';
import { workspace } from './settings/workspace';

/** Words of the settings, by page. */
export const settings = { title: 'Settings', apiKeys, audit, billing, mails, members, sso, workspace };
