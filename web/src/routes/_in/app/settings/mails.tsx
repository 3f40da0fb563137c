import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { MailsPage } from '../../../../features/mail/MailsPage';
import { readMailSearch } from '../../../../features/mail/search';

export const Route = createFileRoute('/_in/app/settings/mails')({ validateSearch: readMailSearch, component: Mails });

function Mails() {
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return <MailsPage search={search} onSearch={(next) => void navigate({ search: next, replace: true })} />;
}
