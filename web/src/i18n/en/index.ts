import { account } from './account';
import { analytics } from './analytics';
import { approvals } from './approvals';
import { auth } from './auth';
import { common } from './common';
import { connections } from './connections';
import { deploy } from './deploy';
import { developer } from './developer';
import { home } from './home';
import { installation } from './installation';
import { nav } from './nav';
import { palette } from './palette';
import { runs } from './runs';
import { settings } from './settings';
import { setup } from './setup';
import { system } from './system';
import { workflows } from './workflows';

/** Every sentence that a person reads, by the part of the app that says it. Messages are ICU MessageFormat. */
export const en = {
  account, analytics, approvals, auth, common, connections, deploy, developer, home, installation, nav, palette, runs, settings, setup, system, workflows,
};
