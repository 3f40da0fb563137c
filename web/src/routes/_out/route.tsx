import { createFileRoute } from '@tanstack/react-router';

import { Doorway } from '../../app/Doorway';

export const Route = createFileRoute('/_out')({ component: Doorway });
