import {
  IconApi, IconBuildingCommunity, IconChartBar, IconChecklist, IconCode, IconCoins, IconHistory, IconHome, IconKey, IconLock, IconMail, IconPlayerPlay, IconPlugConnected, IconReceipt,
  IconRocket, IconServer, IconSettings, IconShoppingBag, IconUsers, type Icon,
} from '@tabler/icons-react';

import type { en } from '../i18n/en';

export interface Place {
  label: keyof (typeof en)['nav'];
  to: string;
  icon: Icon;
  /** Shown to owners and administrators only. */
  manages?: boolean;
}

/** Every place of the app, in the order of the menu. The command palette lists the same. */
export const places: ReadonlyArray<{ label?: Place['label']; places: readonly Place[] }> = [
  {
    places: [
      { label: 'home', to: '/app', icon: IconHome },
      { label: 'workflows', to: '/app/workflows', icon: IconShoppingBag },
      { label: 'runs', to: '/app/runs', icon: IconPlayerPlay },
      { label: 'approvals', to: '/app/approvals', icon: IconChecklist },
      { label: 'connections', to: '/app/connections', icon: IconPlugConnected },
      { label: 'analytics', to: '/app/analytics', icon: IconChartBar },
    ],
  },
  {
    label: 'developer',
    places: [
      { label: 'myWorkflows', to: '/app/developer', icon: IconCode },
      { label: 'deploy', to: '/app/developer/deploy', icon: IconRocket },
      { label: 'oauthApps', to: '/app/developer/oauth-apps', icon: IconApi },
      { label: 'earnings', to: '/app/developer/earnings', icon: IconCoins },
    ],
  },
  {
    label: 'settings',
    places: [
      { label: 'workspace', to: '/app/settings/workspace', icon: IconSettings },
      { label: 'members', to: '/app/settings/members', icon: IconUsers },
      { label: 'apiKeys', to: '/app/settings/api-keys', icon: IconKey, manages: true },
      { label: 'sso', to: '/app/settings/sso', icon: IconLock, manages: true },
      { label: 'audit', to: '/app/settings/audit', icon: IconHistory, manages: true },
      { label: 'mails', to: '/app/settings/mails', icon: IconMail, manages: true },
      { label: 'billing', to: '/app/settings/billing', icon: IconReceipt },
    ],
  },
];

/** Where staff of the installation look after it. */
export const staffPlace: Place = { label: 'system', to: '/app/system', icon: IconServer };
export const workspaceIcon = IconBuildingCommunity;
