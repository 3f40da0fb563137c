import {
  IconApi, IconArrowsSplit2, IconBell, IconClock, IconCloudUp, IconDatabase, IconDots, IconPlug, IconSparkles, IconUserCheck, type Icon,
} from '@tabler/icons-react';

import type { Group } from './journal';

/** One picture for each kind of effect. */
export const groupIcons: Record<Group, Icon> = {
  http: IconCloudUp,
  integration: IconPlug,
  storage: IconDatabase,
  ai: IconSparkles,
  timer: IconClock,
  event: IconBell,
  approval: IconUserCheck,
  child: IconArrowsSplit2,
  batch: IconDots,
  other: IconApi,
};
