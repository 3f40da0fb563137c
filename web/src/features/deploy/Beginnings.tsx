import { ActionIcon, Button, Group, Modal, SimpleGrid, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconBrain, IconCalendarTime, IconChecklist, IconPlayerPlay, IconTrash, IconWebhook, type Icon } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Section, TextLink, Time, useConfirm } from '../../ui';
import { prepareLanguage } from '../source';
import classes from './Beginnings.module.css';
import type { Keep, Kept } from './kept';
import { EXAMPLES, type Template, TEMPLATES, titleFits } from './templates';

const icons: Record<Template, Icon> = { minimal: IconPlayerPlay, webhook: IconWebhook, schedule: IconCalendarTime, approval: IconChecklist, ai: IconBrain };

/** Where a new workflow begins: work that was left, a template, an example. */
export function Beginnings({ keep }: { keep: Keep }) {
  const t = useTranslations('deploy');
  const [chosen, choose] = useState<Template>();
  const [left, setLeft] = useState(() => keep.all());
  useEffect(() => prepareLanguage(), []);
  return (
    <Stack gap="lg">
      {left.length > 0 && <Left left={left} onDrop={(about) => (keep.drop(about), setLeft(keep.all()))} />}
      <Section title={t('templates')} description={t('templatesText')}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
          {TEMPLATES.map((template) => {
            const Icon = icons[template];
            return (
              <UnstyledButton key={template} className={classes.card} onClick={() => choose(template)}>
                <Icon size={22} aria-hidden />
                <span>
                  <Text span display="block" fw={600}>{t(`template.${template}.title`)}</Text>
                  <Text span display="block" fz="sm" c="dimmed">{t(`template.${template}.text`)}</Text>
                </span>
              </UnstyledButton>
            );
          })}
        </SimpleGrid>
      </Section>
      <Section title={t('examples')} description={t('examplesText')}>
        <ul className={classes.examples}>
          {EXAMPLES.map((example) => (
            <li key={example}>
              <TextLink to="/app/developer/deploy" search={{ from: example }}>{t(`example.${example}.title`)}</TextLink>
              <Text fz="sm" c="dimmed">{t(`example.${example}.text`)}</Text>
            </li>
          ))}
        </ul>
      </Section>
      <Text fz="sm" c="dimmed">{t('orCommand')}</Text>
      <Modal opened={chosen !== undefined} onClose={() => choose(undefined)} title={chosen && t(`template.${chosen}.title`)}>
        {chosen && <Named from={chosen} />}
      </Modal>
    </Stack>
  );
}

function Named({ from }: { from: Template }) {
  const t = useTranslations('deploy');
  const navigate = useNavigate();
  const form = useForm({ initialValues: { name: '' }, validate: { name: (name) => (titleFits(name.trim()) ? null : t('titleFault')) } });
  return (
    <form onSubmit={form.onSubmit(({ name }) => void navigate({ to: '/app/developer/deploy', search: { from, name: name.trim() } }))}>
      <TextInput label={t('name')} description={t('nameText')} placeholder={t(`template.${from}.example`)} data-autofocus {...form.getInputProps('name')} />
      <Group justify="flex-end" mt="md">
        <Button type="submit">{t('begin')}</Button>
      </Group>
    </form>
  );
}

function Left({ left, onDrop }: { left: readonly Kept[]; onDrop: (about: string) => void }) {
  const t = useTranslations('deploy');
  const confirm = useConfirm();
  const drop = async (about: string, title: string) => {
    if (await confirm({ title: t('dropKept', { title }), text: t('dropKeptText'), action: t('discard'), danger: true })) onDrop(about);
  };
  return (
    <Section title={t('left')} description={t('leftText')}>
      <Stack gap="xs">
        {left.map(({ about, at }) => {
          const { title, search } = subject(about);
          return (
            <Group key={about} justify="space-between" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <TextLink to="/app/developer/deploy" search={search} style={{ overflowWrap: 'anywhere' }}>{title}</TextLink>
                <Text fz="sm" c="dimmed"><Time at={at} /></Text>
              </div>
              <ActionIcon variant="subtle" color="gray" aria-label={t('dropKept', { title })} onClick={() => void drop(about, title)}>
                <IconTrash size={18} aria-hidden />
              </ActionIcon>
            </Group>
          );
        })}
      </Stack>
    </Section>
  );
}

/** What kept work is about, and the address where it goes on. */
function subject(about: string): { title: string; search: { workflow?: string; from?: string; name?: string } } {
  const [kind, first = '', ...rest] = about.split(':');
  if (kind === 'workflow') return { title: first, search: { workflow: first } };
  const name = rest.join(':');
  return { title: name || first, search: name ? { from: first, name } : { from: first } };
}

