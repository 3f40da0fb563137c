import { SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Name and value, side by side where there is room. Entries without a value are left out. */
export function Facts({ items, cols = 3 }: { items: ReadonlyArray<[string, ReactNode]>; cols?: number }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: cols }} spacing="md" verticalSpacing="sm" m={0}>
      {items
        .filter(([, value]) => value !== undefined && value !== null && value !== '')
        .map(([name, value]) => (
          <div key={name} style={{ minWidth: 0 }}>
            <Text component="dt" fz="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Text>
          </div>
        ))}
    </SimpleGrid>
  );
}
