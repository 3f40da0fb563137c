import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { entryOf, type Project } from './project';

export type Deployed = Schema<'DeployAnswer'>;

/** What is asked of a deploy besides the source. */
export interface Wishes {
  notes: string;
  /** Publish it too, where the module states who finds it. */
  publish: boolean;
  /** Although it breaks what is installed. */
  allowBreaking?: boolean | undefined;
  /** When it becomes private: take the access of what other workspaces installed. */
  revokeExisting: boolean;
}

/**
 * Deploys a project. For a workflow that exists, the version is made first, which checks that the module is this workflow's: a changed
 * id must not make a second workflow by mistake. Publishing comes after that, and finds the same content there.
 */
export async function submit(project: Project, wishes: Wishes, workflow: string | undefined): Promise<Deployed> {
  const body = {
    files: { ...project.files },
    entry: entryOf(project) ?? null,
    notes: wishes.notes.trim() || null,
    allow_breaking: wishes.allowBreaking ?? false,
    revoke_existing: wishes.revokeExisting,
  };
  if (workflow === undefined) return data(api.POST('/api/developer/workflows', { body: { ...body, draft: !wishes.publish } }));
  const made = await data(api.POST('/api/developer/workflows/{id}/versions', { params: { path: { id: workflow } }, body: { ...body, draft: true } }));
  if (!wishes.publish) return made;
  const published = await data(api.POST('/api/developer/workflows', { body: { ...body, draft: false } }));
  return { ...published, created: made.created };
}

/** Publishes a version that was deployed. */
export function publish({ workflow_id, version_id }: Deployed, allowBreaking: boolean) {
  return data(api.POST('/api/developer/workflows/{id}/versions/{v}/publish', { params: { path: { id: workflow_id, v: version_id } }, body: { allow_breaking: allowBreaking } }));
}

/** Installs a version in this workspace; its inputs and connections come afterwards. */
export function install({ workflow_id, version_id }: Deployed) {
  return data(api.POST('/api/installations', { body: { workflow: workflow_id, version: version_id } }));
}
