import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { expect, test, vi } from 'vitest';

import { Words } from '../i18n';
import { useConfirm } from './confirm';

function Asks({ word, onAnswer }: { word?: string; onAnswer: (is: boolean) => void }) {
  const confirm = useConfirm();
  return <button onClick={() => void confirm({ title: 'Erase it?', text: 'For good.', action: 'Erase', ...(word && { word }) }).then(onAnswer)}>Ask</button>;
}

function ask(word?: string) {
  const onAnswer = vi.fn();
  render(
    <MantineProvider env="test">
      <Words>
        <ModalsProvider>
          <Asks {...(word && { word })} onAnswer={onAnswer} />
        </ModalsProvider>
      </Words>
    </MantineProvider>,
  );
  fireEvent.click(screen.getByText('Ask'));
  return onAnswer;
}

test('yes is yes and no is no', async () => {
  const yes = ask();
  fireEvent.click(await screen.findByText('Erase'));
  await waitFor(() => expect(yes).toHaveBeenCalledWith(true));
});

test('who turns away has said no', async () => {
  const no = ask();
  fireEvent.click(await screen.findByText('Cancel'));
  await waitFor(() => expect(no).toHaveBeenCalledWith(false));
});

test('what cannot be undone waits for its word', async () => {
  const answer = ask('acme');
  fireEvent.click(await screen.findByText('Erase'));
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'acm' } });
  fireEvent.click(screen.getByText('Erase'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(answer).not.toHaveBeenCalled();
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'acme' } });
  fireEvent.click(screen.getByText('Erase'));
  await waitFor(() => expect(answer).toHaveBeenCalledWith(true));
});
