import type { Schema } from '../../api/types';
import type { Installation } from './queries';

/** A service that the workflow works with. */
export interface Slot {
  service: string;
  optional: boolean;
  skipped: boolean;
  connectionId: string | null;
}

interface ServiceDetail {
  service: string;
  optional: boolean;
  status: string;
  connection_id?: string | null;
}

/** The services of an installation, those without an account first, and the providers whose own credentials are missing. */
export function slots(onboarding: Schema<'Onboarding'>, installation: Installation): { services: Slot[]; missingOwn: string[] } {
  const detail = (key: string) => onboarding.steps.find((step) => step.key === key)?.detail as Record<string, unknown> | undefined;
  const declared = (detail('connections')?.services as ServiceDetail[] | undefined) ?? [];
  const links = installation.connections as Record<string, string>;
  const services = declared.map(({ service, optional, status, connection_id }) => ({ service, optional, skipped: status === 'skipped', connectionId: connection_id ?? links[service] ?? null }));
  const rank = (slot: Slot) => (slot.connectionId ? 2 : slot.skipped ? 1 : 0);
  return { services: services.sort((a, b) => rank(a) - rank(b)), missingOwn: (detail('byoo')?.missing as string[] | undefined) ?? [] };
}
