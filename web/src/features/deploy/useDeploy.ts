import { useState } from 'react';

import { isProblem } from '../../api/problem';
import { useDo } from '../../ui';
import type { Language, Remark } from '../source';
import { placed, type Finding } from './findings';
import { entryOf, type Project } from './project';
import { type Deployed, submit, type Wishes } from './submit';

interface Deploying {
  language: Language | undefined;
  /** The workflow that exists, if it does. */
  workflow: string | undefined;
  onDone: (deployed: Deployed, project: Project) => void;
  /** The first place that a refusal names. */
  onRefused: (first: Remark) => void;
}

/** Sends a project, and puts what the server says about it at its places. */
export function useDeploy({ language, workflow, onDone, onRefused }: Deploying) {
  const [findings, setFindings] = useState<readonly Remark[]>([]);
  const place = (list: readonly Finding[], project: Project, severity: Remark['severity']) =>
    placed(list, project.files, entryOf(project) ?? Object.keys(project.files)[0] ?? '', severity, (path, member) => language?.ask('locate', [path, member]) ?? Promise.resolve(null));
  const deed = useDo<{ project: Project; wishes: Wishes }, { deployed: Deployed; project: Project }>({
    quiet: true,
    renews: [['workflows'], ['developer'], ['marketplace'], ['rollouts']],
    work: async ({ project, wishes }) => {
      try {
        const deployed = await submit(project, wishes, workflow);
        setFindings(await place([deployed, ...(deployed.others ?? [])].flatMap((each) => each.warnings), project, 'warning'));
        return { deployed, project };
      } catch (error) {
        // Breaking changes are about installations, not about places of this source.
        const listed = isProblem(error) && error.status < 409 ? error.errors : [];
        const remarks = await place(listed, project, 'error');
        setFindings(remarks);
        if (remarks[0]) onRefused(remarks[0]);
        throw error;
      }
    },
    done: ({ deployed, project }) => onDone(deployed, project),
  });
  /** What was said about a file is about the text that it had. */
  const forget = (path: string) => setFindings((now) => (now.some((each) => each.path === path) ? now.filter((each) => each.path !== path) : now));
  return { deed, findings, forget };
}
