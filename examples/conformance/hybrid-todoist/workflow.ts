// Tasks have both spellings as ordinary members; requests may use either (§13.2, §13.9).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Todoist tasks',
  integrations: [{ service: 'todoist' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { todoist } = integrations;
    const listed = await todoist.tasks.list({ projectId: 'p1' });
    const created = await todoist.createTask({ content: 'Call Ada', projectId: 'p1', dueDate: '2026-02-01', priority: 4 });
    const task = listed.data[0];
    return {
      both: [task.project_id, task.projectId, task.is_completed, task.isCompleted],
      due: task.due.date,
      enumerable: Object.keys(task).includes('projectId') && Object.keys(task).includes('project_id'),
      created: created.data.id,
    };
  },
});
