import { Modal } from '@mantine/core';
import { useTranslations } from 'use-intl';

/** Every place and action by name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useTranslations('palette');
  return <Modal opened onClose={onClose} title={t('title')} />;
}
