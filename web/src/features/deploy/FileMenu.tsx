import { ActionIcon, Button, FileButton, Group, Menu, Modal, TextInput, Tooltip } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconFilePlus, IconPencil, IconStar, IconTextDecrease, IconTextIncrease, IconTrash, IconUpload, IconDots } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { useConfirm } from '../../ui';
import { nameFault, type Project, renamed, withFile, without } from './project';

interface FileMenuProps {
  project: Project;
  open: string;
  /** Takes over a change; the second says which file is open then. */
  onChange: (project: Project, open: string) => void;
  fontSize: number;
  onFontSize: (size: number) => void;
}

/** Smallest and largest text of the editor, in pixels. */
const SIZES = { least: 11, most: 22 };

/** Files come, go and are named; the text grows and shrinks. */
export function FileMenu({ project, open, onChange, fontSize, onFontSize }: FileMenuProps) {
  const t = useTranslations('deploy');
  const confirm = useConfirm();
  const [asking, ask] = useState<'add' | 'rename'>();
  const choose = useRef<() => void>(null);
  const forget = useRef<() => void>(null);
  const only = Object.keys(project.files).length === 1;
  const remove = async () => {
    const sure = (project.files[open] ?? '') === '' || (await confirm({ title: t('removeFile', { path: open }), text: t('removeFileText'), action: t('remove'), danger: true }));
    if (!sure) return;
    const rest = without(project, open);
    onChange(rest, Object.keys(rest.files)[0] ?? '');
  };
  const take = async (chosen: File[]) => {
    const texts = await Promise.all(chosen.filter((file) => nameFault({}, file.name) === undefined).map(async (file) => [file.name, await file.text()] as const));
    const files = texts.reduce((all, [name, text]) => withFile(all, name, text.replaceAll('\r\n', '\n')), project);
    if (texts[0]) onChange(files, texts[0][0]);
    // A browser does not tell of the same file twice, though it may have changed.
    forget.current?.();
  };
  return (
    <Group gap={2} wrap="nowrap" pr={6}>
      <Tooltip label={t('addFile')}>
        <ActionIcon variant="subtle" color="gray" aria-label={t('addFile')} onClick={() => ask('add')}>
          <IconFilePlus size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('fileMenu')}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{open}</Menu.Label>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => ask('rename')}>{t('rename')}</Menu.Item>
          <Menu.Item leftSection={<IconStar size={16} aria-hidden />} disabled={!/\.[cm]?[jt]s$/.test(open)} onClick={() => onChange({ ...project, entry: open }, open)}>{t('makeEntry')}</Menu.Item>
          <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} disabled={only} onClick={() => void remove()}>{t('removeThis')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconUpload size={16} aria-hidden />} onClick={() => choose.current?.()}>{t('upload')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item closeMenuOnClick={false} leftSection={<IconTextIncrease size={16} aria-hidden />} disabled={fontSize >= SIZES.most} onClick={() => onFontSize(fontSize + 1)}>{t('larger')}</Menu.Item>
          <Menu.Item closeMenuOnClick={false} leftSection={<IconTextDecrease size={16} aria-hidden />} disabled={fontSize <= SIZES.least} onClick={() => onFontSize(fontSize - 1)}>{t('smaller')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <FileButton multiple resetRef={forget} accept=".ts,.tsx,.mts,.cts,.js,.jsx,.mjs,.cjs,.json" onChange={(files) => void take(files)}>
        {({ onClick }) => {
          choose.current = onClick;
          return null;
        }}
      </FileButton>
      <Modal opened={asking !== undefined} onClose={() => ask(undefined)} title={asking === 'rename' ? t('renameFile', { path: open }) : t('addFile')}>
        {asking && (
          <Name
            project={project}
            is={asking === 'rename' ? open : undefined}
            onDone={(name) => {
              onChange(asking === 'rename' ? renamed(project, open, name) : withFile(project, name, ''), name);
              ask(undefined);
            }}
          />
        )}
      </Modal>
    </Group>
  );
}

function Name({ project, is, onDone }: { project: Project; is: string | undefined; onDone: (name: string) => void }) {
  const t = useTranslations('deploy');
  const form = useForm({
    initialValues: { name: is ?? '' },
    validate: {
      name: (name) => {
        const fault = nameFault(project.files, name.trim(), is);
        return fault ? t(`nameFault.${fault}`) : null;
      },
    },
  });
  return (
    <form onSubmit={form.onSubmit(({ name }) => onDone(name.trim()))}>
      <TextInput label={t('fileName')} description={t('fileNameText')} placeholder="lib/format.ts" data-autofocus spellCheck={false} autoCapitalize="off" {...form.getInputProps('name')} />
      <Group justify="flex-end" mt="md">
        <Button type="submit">{is === undefined ? t('add') : t('rename')}</Button>
      </Group>
    </form>
  );
}
