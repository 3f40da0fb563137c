import { ActionIcon, Menu } from '@mantine/core';
import { IconArchive, IconArrowBackUp, IconCode, IconDotsVertical, IconGitCompare, IconPlayerPlay, IconRocket } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import type { OwnVersion } from './queries';
import type { WorkflowSearch } from './tabs';
import { before, deedsOf } from './versionDeeds';

interface VersionMenuProps {
  id: string;
  version: OwnVersion;
  versions: readonly OwnVersion[];
  onPublish: () => void;
  onDeprecate: () => void;
}

/** What can be done with one version. */
export function VersionMenu({ id, version, versions, onPublish, onDeprecate }: VersionMenuProps) {
  const t = useTranslations('developer.versions');
  const { edits } = useMe();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const deeds = deedsOf(version, versions);
  const current = versions.find((each) => each.is_current && each.id !== version.id);
  const previous = before(version, versions);
  const open = (search: WorkflowSearch) => void navigate({ to: '/app/developer/workflows/$id', params: { id }, search });
  const restore = useDo({
    work: () => data(api.POST('/api/developer/workflows/{id}/versions/{v}/restore', { params: { path: { id, v: version.id } }, body: {} })),
    renews: [['developer']],
    says: (made) => t('restored', { version: made.version }),
  });
  const askRestore = async () => {
    const said = await confirm({ title: t('restoreTitle', { version: version.version }), text: t('restoreText', { version: version.version }), action: t('restore').replace('…', '') });
    if (said) restore.mutate();
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" loading={restore.isPending} aria-label={t('deedsOf', { version: version.version })}>
          <IconDotsVertical size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconCode size={16} aria-hidden />} onClick={() => open({ tab: 'source', v: version.version })}>
          {t('seeSource')}
        </Menu.Item>
        {current && (
          <Menu.Item leftSection={<IconGitCompare size={16} aria-hidden />} onClick={() => open(current.number < version.number ? { tab: 'versions', v: version.version, with: current.version } : { tab: 'versions', v: current.version, with: version.version })}>
            {t('compareCurrent')}
          </Menu.Item>
        )}
        {previous && previous.id !== current?.id && (
          <Menu.Item leftSection={<IconGitCompare size={16} aria-hidden />} onClick={() => open({ tab: 'versions', v: version.version, with: previous.version })}>
            {t('comparePrevious')}
          </Menu.Item>
        )}
        {edits && (
          <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => open({ tab: 'rollout', v: version.version })}>
            {t('rehearse')}
          </Menu.Item>
        )}
        {edits && (deeds.publish || deeds.restore || deeds.deprecate) && <Menu.Divider />}
        {edits && deeds.publish && (
          <Menu.Item leftSection={<IconRocket size={16} aria-hidden />} onClick={onPublish}>
            {t('publish')}
          </Menu.Item>
        )}
        {edits && deeds.restore && (
          <Menu.Item leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => void askRestore()}>
            {t('restore')}
          </Menu.Item>
        )}
        {edits && deeds.deprecate && (
          <Menu.Item leftSection={<IconArchive size={16} aria-hidden />} onClick={onDeprecate}>
            {t('deprecate')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
