const written: Record<string, string> = { github: 'GitHub', hubspot: 'HubSpot', quickbooks: 'QuickBooks', nexhealth: 'NexHealth' };

/** `google-calendar` → `Google Calendar`: what people call a service. */
export function serviceTitle(service: string): string {
  return written[service] ?? service.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}
