import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { CHANNELS, channelTypes, type Draft } from './model';

/** Where a rule is told. Addresses that there are stay sealed; another one is another channel. */
export function ChannelFields({ form }: { form: UseFormReturnType<Draft> }) {
  const t = useTranslations('analytics.alerts');
  const { channels } = form.values;
  return (
    <Stack gap="xs" component="fieldset" m={0} p={0} bd={0}>
      <Text component="legend" fw={500} fz="sm">{t('channels')}</Text>
      {channels.map((channel, index) => {
        const number = index + 1;
        return (
          <Group key={`${index} ${channel.id ?? 'new'}`} align="flex-start" gap="xs">
            {channel.id !== undefined ? (
              <Text fz="sm" style={{ flex: 1 }} py={6}>
                {t(`type_${channel.type}`)}
                {channel.host && `. ${t('urlKept', { host: channel.host })}`}
              </Text>
            ) : (
              <>
                <Select aria-label={t('channel', { number })} allowDeselect={false} data={channelTypes.map((each) => ({ value: each, label: t(`type_${each}`) }))} style={{ flex: '1 1 200px' }} {...form.getInputProps(`channels.${index}.type`)} />
                {channel.type !== 'email' && <TextInput aria-label={t('url')} placeholder="https://" type="url" style={{ flex: '2 1 220px' }} {...form.getInputProps(`channels.${index}.url`)} />}
              </>
            )}
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('removeChannel', { number })} onClick={() => form.removeListItem('channels', index)} disabled={channels.length === 1}>
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        );
      })}
      {channels.length < CHANNELS && (
        <Group>
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => form.insertListItem('channels', { id: undefined, type: 'webhook', url: '' })}>{t('addChannel')}</Button>
        </Group>
      )}
    </Stack>
  );
}
