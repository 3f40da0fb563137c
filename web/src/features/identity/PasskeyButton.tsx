import { Button, type ButtonProps } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';

import { isChangeOfMind, passkeysWork } from './webauthn';

interface PasskeyButtonProps extends ButtonProps {
  children: string;
  work: () => Promise<unknown>;
  onError: (error: unknown) => void;
}

/** Has a passkey do something; not there where no passkey can work. */
export function PasskeyButton({ children, work, onError, ...rest }: PasskeyButtonProps) {
  if (!passkeysWork()) return null;
  const begin = () => {
    work().catch((error: unknown) => {
      if (!isChangeOfMind(error)) onError(error);
    });
  };
  return (
    <Button type="button" variant="default" leftSection={<IconFingerprint size={18} aria-hidden />} onClick={begin} {...rest}>
      {children}
    </Button>
  );
}
