import { useSuspenseQuery } from '@tanstack/react-query';

import type { Schema } from '../../api/types';
import { meQuery, workspacesQuery } from './queries';

export type Role = 'owner' | 'admin' | 'member' | 'viewer' | 'billing';

interface Here {
  me: Schema<'MeAnswer'>;
  /** The workspace that the session acts in. */
  workspace: Schema<'WorkspaceEntry'>;
  workspaces: ReadonlyArray<Schema<'WorkspaceEntry'>>;
  role: Role;
  /** Owners and administrators: members, keys, sign-in, audit. */
  manages: boolean;
  /** Owners, administrators and members: whoever may change workflows and installations. */
  edits: boolean;
  /** Looks after this installation. */
  staff: boolean;
}

/** The person and the workspace, on every page behind the sign-in. What may be done is decided by the server; this only hides what it would refuse. */
export function useMe(): Here {
  const { data: me } = useSuspenseQuery(meQuery);
  const { data: list } = useSuspenseQuery(workspacesQuery);
  const workspaces = list.data;
  const workspace = workspaces.find((each) => each.tenant_id === me.tenant_id) ?? workspaces[0];
  if (!workspace) throw new Error('a page of a workspace was opened without one');
  const role = workspace.role as Role;
  return { me, workspace, workspaces, role, manages: role === 'owner' || role === 'admin', edits: role === 'owner' || role === 'admin' || role === 'member', staff: me.staff.length > 0 };
}
