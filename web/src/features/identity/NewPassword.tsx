import { List, PasswordInput, Text } from '@mantine/core';
import { IconAlertCircle, IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import { AT_LEAST, passwordRules } from './passwordRules';

interface NewPasswordProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  email: string;
  /** What the server said of the last try. */
  error: unknown;
  /** Beside the rule of length, where the account may have a second factor. */
  note?: string;
  autoFocus?: boolean;
}

/** A password to be chosen: its rules are told while one types, what guessers try first is told by the server. */
export function NewPassword({ label, value, onChange, email, error, note, autoFocus }: NewPasswordProps) {
  const t = useTranslations('auth');
  const id = useId();
  const rules = passwordRules(value, email);
  const broken = refusal(error);
  return (
    <div>
      <PasswordInput
        label={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="new-password"
        name="new-password"
        error={broken ? t('password.refused', { what: broken }) : undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
        aria-describedby={id}
        data-autofocus={autoFocus || undefined}
        autoFocus={autoFocus ?? false}
        required
        withAsterisk={false}
      />
      <List id={id} listStyleType="none" spacing={2} mt={6} fz="sm" center>
        {rules.map(({ rule, kept, missing }) => {
          const Mark = kept ? IconCircleCheck : value === '' ? IconCircle : IconAlertCircle;
          return (
            <List.Item key={rule} icon={<Mark size={16} aria-hidden style={{ display: 'block' }} color={kept ? 'var(--mantine-color-teal-6)' : 'var(--mantine-color-dimmed)'} />}>
              {rule === 'length' && (kept ? t('password.longEnough') : value === '' ? t('password.atLeast', { count: AT_LEAST }) : t('password.missing', { count: missing ?? 0 }))}
              {rule === 'most' && t('password.most')}
              {rule === 'email' && t('password.email')}
            </List.Item>
          );
        })}
      </List>
      <Text fz="sm" c="dimmed" mt={2}>
        {note ?? t('password.advice')}
      </Text>
    </div>
  );
}

/** The rules that the server found broken, in its words. */
function refusal(error: unknown): string | undefined {
  return isProblem(error, 'WEAK_PASSWORD') ? error.errors.map((each) => each.message).join(', ') : undefined;
}
