import { ScrollArea, Tabs, Text, Tooltip } from '@mantine/core';
import { IconStarFilled } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { TabRow } from '../../ui';

interface FileTabsProps {
  paths: readonly string[];
  open: string;
  onOpen: (path: string) => void;
  /** The workflow's own file. */
  entry?: string | undefined;
  /** Behind a name: how many problems it has, what changed in it. */
  mark?: ((path: string) => ReactNode) | undefined;
  /** Behind the last tab. */
  actions?: ReactNode;
  /** What the tabs show. */
  children: ReactNode;
}

/** Files side by side, the open one below. */
export function FileTabs({ paths, open, onOpen, entry, mark, actions, children }: FileTabsProps) {
  const t = useTranslations('deploy.source');
  return (
    <Tabs value={open} onChange={(path) => path !== null && onOpen(path)} style={{ display: 'flex', flexDirection: 'column', minWidth: 0, height: '100%' }}>
      <div style={{ display: 'flex', alignItems: 'center', gap: 8, minWidth: 0 }}>
        <ScrollArea type="auto" scrollbars="x" scrollbarSize={6} style={{ flex: 1, minWidth: 0 }}>
          <TabRow aria-label={t('files')} style={{ flexWrap: 'nowrap' }}>
            {paths.map((path) => (
              <Tabs.Tab key={path} value={path} style={{ flex: 'none' }} rightSection={mark?.(path)} leftSection={path === entry ? <Entry /> : undefined}>
                <Text span ff="monospace" fz="sm">
                  {path}
                </Text>
              </Tabs.Tab>
            ))}
          </TabRow>
        </ScrollArea>
        {actions}
      </div>
      <Tabs.Panel value={open} style={{ flex: 1, minHeight: 0 }} tabIndex={-1}>
        {children}
      </Tabs.Panel>
    </Tabs>
  );
}

function Entry() {
  const t = useTranslations('deploy.source');
  return (
    <Tooltip label={t('entry')}>
      <IconStarFilled size={12} role="img" aria-label={t('entry')} />
    </Tooltip>
  );
}
