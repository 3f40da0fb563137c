/** What {@link Calendly.extractMeetingDetails} finds. */
export interface MeetingDetails {
  eventType: string;
  inviteeName: string;
  inviteeEmail: string;
  eventName: string;
  startTime: string;
  endTime: string;
  location: string | null;
  joinUrl: string | null;
  cancelUrl: string | null;
  rescheduleUrl: string | null;
  questionsAndAnswers: Record<string, string>;
  timezone: string;
  isCanceled: boolean;
  cancellationReason: string | null;
}

/** Helpers for Calendly's webhooks. */
export class Calendly {
  /** The meeting that a webhook (`{ event, payload }`) is about. */
  static extractMeetingDetails(webhook: any): MeetingDetails {
    const payload = webhook?.payload ?? {};
    const invitee = payload.invitee ?? payload;
    const scheduled = payload.scheduled_event ?? payload.event ?? {};
    const questions: any[] = payload.questions_and_answers ?? invitee.questions_and_answers ?? [];
    return {
      eventType: webhook?.event ?? '',
      inviteeName: payload.name ?? invitee.name ?? '',
      inviteeEmail: payload.email ?? invitee.email ?? '',
      eventName: scheduled.name ?? '',
      startTime: scheduled.start_time ?? '',
      endTime: scheduled.end_time ?? '',
      location: scheduled.location?.location ?? null,
      joinUrl: scheduled.location?.join_url ?? null,
      cancelUrl: payload.cancel_url ?? invitee.cancel_url ?? null,
      rescheduleUrl: payload.reschedule_url ?? invitee.reschedule_url ?? null,
      questionsAndAnswers: Object.fromEntries(questions.map((entry) => [entry.question, entry.answer])),
      timezone: payload.timezone ?? invitee.timezone ?? '',
      isCanceled: payload.status === 'canceled' || webhook?.event === 'invitee.canceled',
      cancellationReason: payload.cancellation?.reason ?? invitee.cancellation?.reason ?? null,
    };
  }
}
