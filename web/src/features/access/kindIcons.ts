import { IconAt, IconBuilding, IconTicket, IconUser, IconWorld } from '@tabler/icons-react';

/** How each kind of grant looks in lists and menus. */
export const kindIcons = { email: IconAt, user: IconUser, email_domain: IconWorld, organization: IconBuilding, access_code: IconTicket };
