import { Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

interface Question {
  title: string;
  text: string;
  /** What the button says: the deed, not "OK". */
  action: string;
  /** What the other button says where “Cancel” could be taken for the deed. */
  keep?: string;
  danger?: boolean;
  /** A word to type first, for what cannot be undone. */
  word?: string;
}

/** Asks before something is done. Resolves to what the person decided. */
export function useConfirm(): (question: Question) => Promise<boolean> {
  const t = useTranslations('common');
  return ({ title, text, action, keep, danger, word }) =>
    new Promise((resolve) => {
      const typed = { is: word === undefined };
      modals.openConfirmModal({
        title,
        children: (
          <>
            <Text fz="sm">{text}</Text>
            {word !== undefined && <Typed word={word} label={t('typeToConfirm', { word })} onTyped={(is) => (typed.is = is)} />}
          </>
        ),
        labels: { confirm: action, cancel: keep ?? t('cancel') },
        confirmProps: danger ? { color: 'red' } : {},
        closeOnConfirm: false,
        onConfirm: () => {
          if (!typed.is) return;
          // Before it closes: closing says no to whoever has not been answered.
          resolve(true);
          modals.closeAll();
        },
        onCancel: () => resolve(false),
        onClose: () => resolve(false),
      });
    });
}

function Typed({ word, label, onTyped }: { word: string; label: string; onTyped: (is: boolean) => void }) {
  const [value, setValue] = useState('');
  return (
    <TextInput
      mt="md"
      label={label}
      value={value}
      data-autofocus
      onChange={(event) => {
        setValue(event.currentTarget.value);
        onTyped(event.currentTarget.value === word);
      }}
    />
  );
}
