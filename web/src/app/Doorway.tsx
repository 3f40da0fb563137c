import { Center, Group, Paper, Stack, Text } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';

import { Logo } from './Logo';

/** The frame of the pages before the sign-in: one thing in the middle. */
export function Doorway() {
  return (
    <Center component="main" mih="100dvh" p="md" bg="light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-8))">
      <Stack w="100%" maw={440} gap="lg">
        <Group justify="center" gap="xs">
          <Logo />
          <Text fw={700} fz="xl">
            Millrace
          </Text>
        </Group>
        <Paper withBorder p={{ base: 'md', xs: 'xl' }} radius="lg">
          <Outlet />
        </Paper>
      </Stack>
    </Center>
  );
}
