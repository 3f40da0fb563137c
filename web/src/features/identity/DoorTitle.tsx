import { Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

/** The heading of a page before the sign-in, and what it asks for. */
export function DoorTitle({ title, text }: { title: string; text?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <div>
      <Title order={1} style={{ overflowWrap: 'anywhere' }}>
        {title}
      </Title>
      {text && (
        <Text component="div" c="dimmed" mt={4} style={{ overflowWrap: 'anywhere' }}>
          {text}
        </Text>
      )}
    </div>
  );
}
