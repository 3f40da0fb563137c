import { Modal, Text, TextInput, VisuallyHidden } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslations } from 'use-intl';

import { Empty, TableSkeleton } from '../../ui';
import classes from './Palette.module.css';
import { useCommands, type Command } from './useCommands';

/** Every place, deed and thing by name: a combobox with a list under it, in a dialog. */
export default function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const t = useTranslations('palette');
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const { groups, loading } = useCommands(query, { shortcuts: onShortcuts });
  const commands = groups.flatMap((group) => group.commands);
  const chosen = commands[Math.min(at, commands.length - 1)];
  const option = (command: Command) => `${id}-${command.id}`;

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen?.id]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const last = commands.length - 1;
    const to = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, PageDown: Math.min(last, at + 8), PageUp: Math.max(0, at - 8) }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, to));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(chosen);
    }
  };

  return (
    <Modal opened onClose={onClose} title={<VisuallyHidden>{t('title')}</VisuallyHidden>} withCloseButton={false} padding={0} size="lg" yOffset="12dvh" styles={{ header: { minHeight: 0, padding: 0 } }}>
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        px="md"
        py={6}
        leftSection={<IconSearch size={18} aria-hidden />}
        aria-label={t('title')}
        placeholder={t('placeholder')}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        role="combobox"
        aria-expanded={commands.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen && option(chosen)}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('results')} className={classes.list} style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
        {groups.map((group, number) => (
          <div key={group.label} role="group" aria-labelledby={`${id}-${number}`}>
            <Text id={`${id}-${number}`} fz="xs" fw={600} c="dimmed" px={12} pt={8} pb={4} role="presentation">
              {group.label}
            </Text>
            {group.commands.map((command) => (
              <div
                key={command.id}
                id={option(command)}
                role="option"
                aria-selected={command === chosen}
                className={classes.option}
                onClick={() => run(command)}
                onMouseMove={() => setAt(commands.indexOf(command))}
              >
                <command.icon size={18} stroke={1.6} aria-hidden />
                <span className={classes.name}>{command.label}</span>
                {command.note && <span className={classes.note}>{command.note}</span>}
              </div>
            ))}
          </div>
        ))}
      </div>
      {commands.length === 0 && (loading ? <TableSkeleton rows={3} /> : <Empty title={t('nothing')} text={t('nothingText')} />)}
      <VisuallyHidden role="status">{t('count', { count: commands.length })}</VisuallyHidden>
      <Text fz="xs" c="dimmed" px="md" py={8} visibleFrom="sm" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
        {t('hint')}
      </Text>
    </Modal>
  );
}
