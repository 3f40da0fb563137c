import { NavLink, Text } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { useMe } from '../features/identity/useMe';
import { places, staffPlace, type Place } from './navigation';

/** The main navigation. */
export function Menu({ onGo }: { onGo: () => void }) {
  const t = useTranslations('nav');
  const { manages, staff } = useMe();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = current(path);
  const row = (place: Place) => (
    <NavLink
      key={place.to}
      component={Link}
      to={place.to}
      // The longest address decides, below: a link would also take itself for current on every page beneath.
      activeOptions={{ exact: true }}
      label={t(place.label)}
      leftSection={<place.icon size={18} stroke={1.6} aria-hidden />}
      active={place.to === here}
      aria-current={place.to === here ? 'page' : undefined}
      onClick={onGo}
      py={7}
      style={{ borderRadius: 8 }}
      variant="light"
    />
  );
  return (
    <>
      {places.map((group) => (
        <div key={group.label ?? 'main'}>
          {group.label && (
            <Text fz="xs" fw={600} c="dimmed" px="sm" pt="md" pb={4}>
              {t(group.label)}
            </Text>
          )}
          {group.places.filter((place) => manages || !place.manages).map(row)}
        </div>
      ))}
      {staff && <div style={{ paddingTop: 16 }}>{row(staffPlace)}</div>}
    </>
  );
}

/** The place that an address belongs to: the longest that begins it. */
export function current(path: string): string | undefined {
  const all = [...places.flatMap((group) => group.places), staffPlace];
  const owner = path.startsWith('/app/installations') || path.startsWith('/workflows') || path === '/install' || path === '/app/redeem' ? '/app/workflows' : path;
  return all
    .map((place) => place.to)
    .filter((to) => owner === to || (to !== '/app' && owner.startsWith(`${to}/`)))
    .sort((a, b) => b.length - a.length)[0];
}
