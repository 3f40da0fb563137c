import type { TriggerInstance } from '../types/trigger.js';

/** A trigger as `execute` receives it. */
export function createMockTrigger(
  type: TriggerInstance['type'] = 'manual',
  data: any = {},
  more: Partial<TriggerInstance> = {},
): TriggerInstance {
  return { type, data, payload: data, timestamp: Date.now(), ...more };
}
