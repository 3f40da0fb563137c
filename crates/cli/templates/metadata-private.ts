// Who may see and install it. `type` is email, email_domain, user, organization or code.
export const metadata = {
  id: '__SLUG__',
  visibility: 'private' as const,
  accessGrants: [{ type: 'email_domain' as const, value: 'example.com' }],
};
