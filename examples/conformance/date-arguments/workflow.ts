// Dates are legal in options; the operation writes them as the service wants them (§13.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Date arguments',
  integrations: [{ service: 'procore' }, { service: 'zoom' }],
  trigger: manual(),
  async execute({ integrations }) {
    const day = new Date('2026-01-15T15:00:00Z');
    const logs = await integrations.procore.getDailyLogs({ projectId: 12, date: day, company_id: undefined });
    const meetings = await integrations.zoom.getMeetings({ from: new Date('2026-01-01T00:00:00Z'), to: day, type: 'scheduled' });
    const report = await integrations.zoom.getReport({ type: 'past_meetings', from: '2026-01-01', to: day });
    return { logs: logs.data.length, meetings: meetings.data.map((meeting: any) => meeting.topic), report: report.data.meetings.length };
  },
});
