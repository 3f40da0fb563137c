import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** Nothing is here yet: says what would be, and teaches the next step. */
export function Empty({ icon, title, text, action, order = 2 }: { icon?: ReactNode; title: string; text: ReactNode; action?: ReactNode; order?: 1 | 2 }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      {icon && (
        <Text c="dimmed" aria-hidden component="span">
          {icon}
        </Text>
      )}
      <Title order={order} size="h3">
        {title}
      </Title>
      <Text component="div" c="dimmed" fz="sm" maw={460}>
        {text}
      </Text>
      {action && <Group mt="xs">{action}</Group>}
    </Stack>
  );
}
