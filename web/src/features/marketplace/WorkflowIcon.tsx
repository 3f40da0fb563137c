import { Avatar } from '@mantine/core';

/** What a workflow is recognised by: the developer's picture or emoji, otherwise its first letter. */
export function WorkflowIcon({ icon, name, size = 44 }: { icon?: string | null | undefined; name: string; size?: number }) {
  const isPicture = icon !== null && icon !== undefined && /^https?:\/\//.test(icon);
  const text = icon && !isPicture && [...icon].length <= 4 ? icon : ([...name.trim()][0] ?? '?').toUpperCase();
  return (
    <Avatar src={isPicture ? icon : undefined} alt="" aria-hidden radius="md" size={size} color="river" variant="light" styles={{ placeholder: { fontSize: size * 0.45 } }} imageProps={{ loading: 'lazy', referrerPolicy: 'no-referrer' }}>
      {text}
    </Avatar>
  );
}
