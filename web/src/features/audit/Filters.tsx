import { Button, Group, Pill, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { isFiltered, type AuditSearch } from './search';

/** Nouns of the log: all that happened to a kind of thing (docs/audit.md). */
const nouns = [
  'access', 'alert', 'api_key', 'approval', 'audit', 'connection', 'device', 'domain', 'email', 'grant', 'identity', 'installation', 'invitation', 'membership', 'oauth_app', 'passkey', 'password', 'rollout', 'run',
  'second_factor', 'session', 'sso', 'storage', 'support_access', 'trigger', 'user', 'variable', 'version', 'workflow', 'workspace',
];

/** What is shown. Each filter stands in the address. */
export function Filters({ search, onSearch }: { search: AuditSearch; onSearch: (search: AuditSearch) => void }) {
  const t = useTranslations('settings.audit');
  const [typed, type] = useState(search.text ?? '');
  const asked = useRef(search.text ?? '');
  const set = (key: keyof AuditSearch, value: string | null | undefined) => {
    const { [key]: _, ...rest } = search;
    onSearch(value ? ({ ...rest, [key]: value } as AuditSearch) : rest);
  };
  const ask = useDebouncedCallback((text: string) => {
    asked.current = text.trim();
    set('text', asked.current);
  }, 350);
  // What came by another way than this field, such as a row's or the browser's, takes the place of what is typed.
  const text = search.text ?? '';
  useEffect(() => {
    if (text === asked.current) return;
    ask.cancel();
    asked.current = text;
    type(text);
  }, [text, ask]);
  const actions = search.action && !nouns.includes(search.action) ? [search.action, ...nouns] : nouns;
  const chips = [
    search.actor && (['actor', t('actorIs', { id: search.actor })] as const),
    search.resource_type && (['resource_type', t('typeIs', { type: search.resource_type })] as const),
    search.resource_id && (['resource_id', t('resourceIs', { id: search.resource_id })] as const),
    search.request_id && (['request_id', t('requestIs', { id: search.request_id })] as const),
  ].filter((chip) => typeof chip === 'object');
  return (
    <div role="search">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="sm">
        <TextInput
          label={t('text')}
          placeholder={t('textHint')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            type(event.currentTarget.value);
            ask(event.currentTarget.value);
          }}
        />
        <Select label={t('noun')} placeholder={t('anyNoun')} searchable clearable data={actions} value={search.action ?? null} onChange={(value) => set('action', value)} />
        <Select
          label={t('outcome')}
          placeholder={t('anyOutcome')}
          clearable
          data={(['success', 'failure', 'denied'] as const).map((value) => ({ value, label: t(`outcomes.${value}`) }))}
          value={search.outcome ?? null}
          onChange={(value) => set('outcome', value)}
        />
        <TextInput type="date" label={t('from')} value={search.from ?? ''} onChange={(event) => set('from', event.currentTarget.value)} />
        <TextInput type="date" label={t('to')} value={search.to ?? ''} onChange={(event) => set('to', event.currentTarget.value)} />
      </SimpleGrid>
      {isFiltered(search) && (
        <Group gap="xs" mt="sm">
          {chips.map(([key, label]) => (
            <Pill key={key} withRemoveButton size="md" onRemove={() => set(key, undefined)} removeButtonProps={{ 'aria-label': t('dropFilter', { filter: label }), 'aria-hidden': false, tabIndex: 0 }}>
              {label}
            </Pill>
          ))}
          <Button
            size="xs"
            variant="subtle"
            onClick={() => {
              ask.cancel();
              type('');
              onSearch({});
            }}
          >
            {t('clear')}
          </Button>
        </Group>
      )}
    </div>
  );
}
