import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { Loaded, TableSkeleton } from '../../ui';
import { useMe } from '../identity/useMe';
import { Rehearsal } from './Rehearsal';
import { RolloutControl } from './RolloutControl';
import { Standing } from './Standing';
import { Staying } from './Staying';
import { rolloutQuery } from './queries';
import type { Version } from './versions';

interface RolloutTabProps {
  id: string;
  versions: readonly Version[];
  /** Other workspaces that have it installed. */
  installs: number;
  /** The version that the address names. */
  v: string | undefined;
}

/** How a version reaches its installations: tried on paper, step by step, taken back. */
export function RolloutTab({ id, versions, installs, v }: RolloutTabProps) {
  const { edits } = useMe();
  const query = useQuery(rolloutQuery(id));
  const named = versions.find((each) => each.id === v || each.version === v) ?? versions[0];
  // Before a rollout it comes first; while one is under way, what steers it does.
  const rehearsal = edits && named && <Rehearsal key={named.id} id={id} versions={versions} named={named} />;
  return (
    <Stack gap="lg">
      <Loaded query={query} skeleton={<TableSkeleton rows={4} height={56} />}>
        {(rollout) => (
          <>
            <Standing rollout={rollout} />
            {rollout && <Staying id={id} rollout={rollout} />}
            {rollout?.status !== 'active' && rehearsal}
            {edits && named && <RolloutControl key={`${rollout?.id} ${v}`} id={id} rollout={rollout ?? undefined} versions={versions} installs={installs} named={v === undefined ? undefined : named} />}
            {rollout?.status === 'active' && rehearsal}
          </>
        )}
      </Loaded>
    </Stack>
  );
}
