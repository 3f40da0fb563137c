import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { isProblem } from '../api/problem';
import { factorStep, SecondFactorAsked } from './SecondFactorAsked';

interface Deed<Input, Output> {
  work: (input: Input) => Promise<Output>;
  /** What is asked anew afterwards. */
  renews?: readonly QueryKey[];
  /** Said when it worked; nothing where the page shows it. */
  says?: string | ((output: Output) => string);
  done?: (output: Output, input: Input) => void;
  /** The page shows refusals itself (`error` of what is returned). */
  quiet?: boolean;
}

/** Something that a person does: sends it, renews what it changed, says how it went. */
export function useDo<Input = void, Output = unknown>({ work, renews = [], says, done, quiet }: Deed<Input, Output>) {
  const t = useTranslations('common');
  const queries = useQueryClient();
  return useMutation<Output, Error, Input>({
    mutationFn: work,
    onSuccess: async (output, input) => {
      await Promise.all(renews.map((queryKey) => queries.invalidateQueries({ queryKey })));
      const text = typeof says === 'function' ? says(output) : says;
      if (text !== undefined) notifications.show({ message: text, color: 'teal' });
      done?.(output, input);
    },
    onError: (error) => {
      if (quiet) return;
      const step = factorStep(error);
      if (step) {
        notifications.show({ title: t('factor.title'), message: <SecondFactorAsked step={step} />, color: 'yellow', autoClose: false });
        return;
      }
      const text = isProblem(error) ? [error.detail, error.hint].filter(Boolean).join(' ') : error.message;
      notifications.show({ title: isProblem(error) ? error.title : undefined, message: text, color: 'red', autoClose: 10_000 });
    },
  });
}
