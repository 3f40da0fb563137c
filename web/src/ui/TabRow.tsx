import { Tabs, useTabsContext, type TabsListProps } from '@mantine/core';
import { useEffect, useRef } from 'react';

import { showOpenTab } from './openTab';

/** The names of `Tabs`. Where they have no room the row is pushed sideways, and the open one is always seen. */
export function TabRow(props: TabsListProps) {
  const { value } = useTabsContext();
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!row.current) return;
    // Speaks at once, and again when the device is turned; what a finger pushes meanwhile stays.
    const watch = new ResizeObserver(([entry]) => entry && showOpenTab(entry.target as HTMLElement));
    watch.observe(row.current);
    return () => watch.disconnect();
  }, [value]);
  return <Tabs.List ref={row} {...props} />;
}
