import { AppShell, Burger, Button, Group, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslations } from 'use-intl';

import { onEnd } from '../api/session';
import { loadParts } from '../i18n';
import { commandKey, useShortcuts } from '../features/palette/useShortcuts';
import { factorStep, TextLink } from '../ui';
import { Logo } from './Logo';
import { Menu } from './Menu';
import { PersonMenu } from './PersonMenu';
import { WorkspaceMenu } from './WorkspaceMenu';

const Palette = lazy(async () => {
  await loadParts(['palette']);
  return import('../features/palette/Palette');
});
const Shortcuts = lazy(() => import('../features/palette/Shortcuts'));

/** The frame of every page behind the sign-in. */
export function Shell() {
  const t = useTranslations('nav');
  const [opened, menu] = useDisclosure();
  const [asked, palette] = useDisclosure();
  const [helped, help] = useDisclosure();
  useSessionEnd();
  useFactorAsked();
  useShortcuts({ toggle: palette.toggle, help: help.open });
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 232, breakpoint: 'md', collapsed: { mobile: !opened } }} padding={{ base: 'sm', sm: 'lg' }}>
      <a className="skip-link" href="#content">
        {t('skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
            <Burger opened={opened} onClick={menu.toggle} hiddenFrom="md" size="sm" aria-label={opened ? t('closeMenu') : t('openMenu')} />
            <TextLink to="/app" underline="never" c="inherit" aria-label="Millrace">
              <Group gap={8} wrap="nowrap">
                <Logo size={26} />
                <Text fw={700} visibleFrom="lg">
                  Millrace
                </Text>
              </Group>
            </TextLink>
            <WorkspaceMenu />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button variant="default" size="xs" visibleFrom="sm" leftSection={<IconSearch size={14} aria-hidden />} onClick={palette.open} fw={400} rightSection={<Text fz="xs" c="dimmed" component="kbd" ff="inherit">{commandKey} K</Text>}>
              {t('search')}
            </Button>
            <UnstyledButton hiddenFrom="sm" onClick={palette.open} aria-label={t('search')} p={6} lh={0}>
              <IconSearch size={20} aria-hidden />
            </UnstyledButton>
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t('main')}>
        <ScrollArea p="xs" type="auto">
          <Menu onGo={menu.close} />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      <Suspense>
        {asked && <Palette onClose={palette.close} onShortcuts={help.open} />}
        {helped && <Shortcuts onClose={help.close} />}
      </Suspense>
    </AppShell>
  );
}

/** Signed out elsewhere: on to the sign-in, and back to this page afterwards. */
function useSessionEnd(): void {
  const router = useRouter();
  const navigate = useNavigate();
  useEffect(() => onEnd(() => void navigate({ to: '/app/sign-in', search: { to: router.state.location.href } })), [navigate, router]);
}

/** A page that the workspace opens to nobody without a second factor: on to where one is added or shown, and back to this page afterwards. */
function useFactorAsked(): void {
  const queries = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ type, query }) => {
        const { pathname, href } = router.state.location;
        // What is open already stays: somebody may be writing in it, and is told with the next thing that they do.
        const isPage = query.isActive() && query.state.data === undefined && !pathname.startsWith('/app/account');
        if (type === 'updated' && isPage && factorStep(query.state.error)) void navigate({ to: '/app/account/security', search: { to: href }, replace: true });
      }),
    [queries, router, navigate],
  );
}
