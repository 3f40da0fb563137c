import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';

import { Words } from '../i18n';
import { useConfirm } from './confirm';

function Asks({ onAnswer }: { onAnswer: (is: boolean) => void }) {
  const confirm = useConfirm();
  return <button onClick={() => void confirm({ title: 'Leave?', text: 'Really?', action: 'Go' }).then(onAnswer)}>Ask</button>;
}

async function answered(button: string): Promise<boolean> {
  const answer = new Promise<boolean>((resolve) => {
    render(<MantineProvider env="test"><Words><ModalsProvider><Asks onAnswer={resolve} /></ModalsProvider></Words></MantineProvider>);
  });
  fireEvent.click(screen.getByText('Ask'));
  fireEvent.click(await screen.findByText(button));
  return answer;
}

it('answers what the person decided', async () => {
  expect(await answered('Go')).toBe(true);
});

it('answers no when it is cancelled', async () => {
  expect(await answered('Cancel')).toBe(false);
});
