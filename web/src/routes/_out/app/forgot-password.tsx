import { createFileRoute } from '@tanstack/react-router';

import { ForgotPasswordPage } from '../../../features/sign_in/ForgotPasswordPage';

export const Route = createFileRoute('/_out/app/forgot-password')({ component: ForgotPasswordPage });
