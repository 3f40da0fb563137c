export default {
  visibility: 'private',
  accessGrants: [
    { type: 'email_domain', value: 'clientcorp.com' },
  ],
};
