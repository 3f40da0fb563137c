import { Box, Breadcrumbs, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

import { TextLink } from './links';

interface PageProps {
  title: string;
  description?: ReactNode;
  /** Beside the title: a status, a version. */
  badge?: ReactNode;
  actions?: ReactNode;
  /** Where the page hangs, outermost first. */
  trail?: ReadonlyArray<{ label: string; href: string }>;
  /** Reading width for forms and texts; tables take what there is. */
  narrow?: boolean;
  children: ReactNode;
}

/** A page: one `h1`, what it is about, what can be done, the content. */
export function Page({ title, description, badge, actions, trail, narrow, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <Stack gap="lg" maw={narrow ? 760 : 1440} mx={narrow ? 'auto' : undefined} w="100%">
      <Box component="header">
        {trail && (
          <Breadcrumbs mb={6} separatorMargin={6} fz="sm">
            {trail.map(({ label, href }) => (
              <TextLink key={href} to={href} fz="sm">
                {label}
              </TextLink>
            ))}
          </Breadcrumbs>
        )}
        <Group justify="space-between" align="flex-start" gap="sm">
          <Box style={{ minWidth: 0, flex: '1 1 260px' }}>
            <Group gap="sm" align="center">
              <Title order={1} style={{ overflowWrap: 'anywhere' }}>
                {title}
              </Title>
              {badge}
            </Group>
            {description && (
              <Text component="div" c="dimmed" mt={4} maw={720}>
                {description}
              </Text>
            )}
          </Box>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      </Box>
      {children}
    </Stack>
  );
}

/** A part of a page under its own heading. */
export function Section({ title, description, actions, children }: { title: string; description?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <Card withBorder component="section" padding="lg" style={{ overflow: 'visible' }}>
      <Group justify="space-between" align="flex-start" mb="md" gap="xs">
        <Box style={{ minWidth: 0, flex: '1 1 200px' }}>
          <Title order={2}>{title}</Title>
          {description && (
            <Text component="div" c="dimmed" fz="sm" mt={2}>
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Card>
  );
}
