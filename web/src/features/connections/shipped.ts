import type { Connector } from './ways';

/**
 * The services that the server has connectors for out of the box, and the fields of each way to sign in (`connectors/SERVICE/connector.yaml`).
 * The API does not list them; a test compares this with the files. Services that an operator adds are connected by their name:
 * the server says then which fields are missing.
 */
export const shipped: readonly Connector[] = [
  {
    service: 'airtable', title: 'Airtable',
    ways: [
      { kind: 'oauth2', title: 'Airtable integration', fields: [] },
      { kind: 'token', title: 'Personal access token', fields: [{ name: 'access_token', title: 'Personal access token', help: 'Begins with pat; airtable.com/create/tokens.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'calendly', title: 'Calendly',
    ways: [
      { kind: 'oauth2', title: 'Calendly application', fields: [] },
      { kind: 'token', title: 'Personal access token', fields: [{ name: 'access_token', title: 'Personal access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }, { name: 'owner', title: 'User address', secret: false, optional: true }, { name: 'organization', title: 'Organisation address', secret: false, optional: true }] },
    ],
  },
  {
    service: 'discord', title: 'Discord',
    ways: [
      { kind: 'oauth2', title: 'Discord app, as a person', fields: [] },
      { kind: 'token', title: 'Bot token', help: 'Developer Portal → the application → Bot.', fields: [{ name: 'access_token', title: 'Bot token' }] },
    ],
  },
  {
    service: 'dribbble', title: 'Dribbble',
    ways: [
      { kind: 'oauth2', title: 'Dribbble application', fields: [] },
      { kind: 'token', title: 'Client access token', fields: [{ name: 'access_token', title: 'Client access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'follow-up-boss', title: 'Follow Up Boss',
    ways: [
      { kind: 'api_key', title: 'API key of a registered system', help: 'Admin → API; the system is registered with Follow Up Boss.', fields: [{ name: 'api_key', title: 'API key' }, { name: 'system', title: 'System', secret: false }, { name: 'system_key', title: 'System key' }] },
      { kind: 'basic', title: 'API key', fields: [{ name: 'api_key', title: 'API key' }] },
    ],
  },
  {
    service: 'github', title: 'GitHub',
    ways: [
      { kind: 'oauth2', title: 'GitHub app or OAuth app', fields: [] },
      { kind: 'token', title: 'Personal access token', fields: [{ name: 'access_token', title: 'Token', help: 'A fine-grained or classic personal access token works too.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'gmail', title: 'Gmail',
    ways: [
      { kind: 'oauth2', title: 'Google account', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'google-calendar', title: 'Google Calendar',
    ways: [
      { kind: 'oauth2', title: 'Google account', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'google-drive', title: 'Google Drive',
    ways: [
      { kind: 'oauth2', title: 'Google account', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'google-sheets', title: 'Google Sheets',
    ways: [
      { kind: 'oauth2', title: 'Google account', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'hubspot', title: 'HubSpot',
    ways: [
      { kind: 'oauth2', title: 'HubSpot app', fields: [] },
      { kind: 'token', title: 'Private app token', fields: [{ name: 'access_token', title: 'Access token', help: 'A private app\'s token begins with pat-; Settings → Integrations → Private Apps.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'linear', title: 'Linear',
    ways: [
      { kind: 'oauth2', title: 'Linear app', fields: [] },
      { kind: 'api_key', title: 'Personal API key', help: 'Settings → Security & access → Personal API keys.', fields: [{ name: 'api_key', title: 'API key', help: 'Begins with lin_api_.' }] },
    ],
  },
  {
    service: 'nexhealth', title: 'NexHealth',
    ways: [
      { kind: 'token', title: 'Bearer key', fields: [{ name: 'access_token', title: 'Key' }, { name: 'subdomain', title: 'Subdomain', secret: false, help: 'The institution\'s name in NexHealth addresses.' }, { name: 'location_id', title: 'Location id', secret: false }] },
      { kind: 'server_to_server', title: 'API key', help: 'Developer portal → API keys; exchanged for a token every hour.', fields: [{ name: 'api_key', title: 'API key' }, { name: 'subdomain', title: 'Subdomain', secret: false, help: 'The institution\'s name in NexHealth addresses.' }, { name: 'location_id', title: 'Location id', secret: false }] },
    ],
  },
  {
    service: 'notion', title: 'Notion',
    ways: [
      { kind: 'oauth2', title: 'Notion public integration', fields: [] },
      { kind: 'token', title: 'Internal integration token', fields: [{ name: 'access_token', title: 'Integration token', help: 'Begins with ntn_ or secret_; notion.so/my-integrations.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }, { name: 'workspace_id', title: 'Workspace id', secret: false, optional: true }, { name: 'workspace_name', title: 'Workspace', secret: false, optional: true }, { name: 'bot_id', title: 'Bot id', secret: false, optional: true }] },
    ],
  },
  {
    service: 'procore', title: 'Procore',
    ways: [
      { kind: 'oauth2', title: 'Procore app', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }, { name: 'company_id', title: 'Company id', secret: false, optional: true }, { name: 'environment', title: 'Environment', secret: false, optional: true, help: '`sandbox` for a sandbox.' }] },
      { kind: 'server_to_server', title: 'Data connection app (service account)', fields: [{ name: 'client_id', title: 'Client ID', secret: false }, { name: 'client_secret', title: 'Client secret' }, { name: 'company_id', title: 'Company id', secret: false }, { name: 'environment', title: 'Environment', secret: false, optional: true }] },
    ],
  },
  {
    service: 'quickbooks', title: 'QuickBooks Online',
    ways: [
      { kind: 'oauth2', title: 'Intuit app', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }, { name: 'realm_id', title: 'Company id', secret: false, help: 'The realmId that Intuit sends back with the grant; also Account and settings → Billing.' }, { name: 'environment', title: 'Environment', secret: false, optional: true, help: '`sandbox` for a sandbox company.' }] },
    ],
  },
  {
    service: 'sentry', title: 'Sentry',
    ways: [
      { kind: 'token', title: 'Internal integration token', help: 'Settings → Developer settings → the internal integration.', fields: [{ name: 'access_token', title: 'Token' }, { name: 'organization', title: 'Organisation', secret: false, optional: true, help: 'Its short name in addresses.' }] },
    ],
  },
  {
    service: 'sikka', title: 'Sikka',
    ways: [
      { kind: 'server_to_server', title: 'Application', help: 'The application\'s id and key from Sikka\'s API portal.', fields: [{ name: 'app_id', title: 'Application id', secret: false }, { name: 'app_key', title: 'Application key' }, { name: 'office_id', title: 'Office id', secret: false, optional: true }, { name: 'secret_key', title: 'Office secret key', optional: true }] },
      { kind: 'token', title: 'Request key', fields: [{ name: 'access_token', title: 'Request key', help: 'Ends after 24 hours.' }] },
    ],
  },
  {
    service: 'slack', title: 'Slack',
    ways: [
      { kind: 'oauth2', title: 'Slack app', fields: [] },
      { kind: 'token', title: 'Bot token', fields: [{ name: 'access_token', title: 'Bot or user token', help: 'Begins with xoxb- or xoxp-; OAuth & Permissions page of the Slack app.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }, { name: 'user_id', title: 'Your member id', secret: false, optional: true, help: 'Where `channel: \'me\'` goes.' }, { name: 'team_id', title: 'Workspace id', secret: false, optional: true }, { name: 'bot_user_id', title: 'Bot member id', secret: false, optional: true }] },
    ],
  },
  {
    service: 'stripe', title: 'Stripe',
    ways: [
      { kind: 'oauth2', title: 'Stripe Connect', fields: [] },
      { kind: 'token', title: 'Secret key', fields: [{ name: 'access_token', title: 'Secret key', help: 'Begins with sk_ or rk_; Developers → API keys.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }, { name: 'stripe_user_id', title: 'Account id', secret: false, optional: true }] },
    ],
  },
  {
    service: 'todoist', title: 'Todoist',
    ways: [
      { kind: 'oauth2', title: 'Todoist app', fields: [] },
      { kind: 'token', title: 'API token', fields: [{ name: 'access_token', title: 'API token', help: 'Settings → Integrations → Developer.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'twilio', title: 'Twilio',
    ways: [
      { kind: 'basic', title: 'Account', help: 'Console → Account info.', fields: [{ name: 'account_sid', title: 'Account SID', secret: false, help: 'Begins with AC.' }, { name: 'auth_token', title: 'Auth token' }, { name: 'from', title: 'Sender', secret: false, optional: true, help: 'Number or name that messages come from, for example +15017122661.' }, { name: 'messaging_service_sid', title: 'Messaging service SID', secret: false, optional: true, help: 'Instead of a sender; begins with MG.' }] },
    ],
  },
  {
    service: 'typeform', title: 'Typeform',
    ways: [
      { kind: 'oauth2', title: 'Typeform application', fields: [] },
      { kind: 'token', title: 'Personal access token', fields: [{ name: 'access_token', title: 'Personal access token', help: 'Begins with tfp_.' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
    ],
  },
  {
    service: 'weave', title: 'Weave',
    ways: [
      { kind: 'api_key', title: 'API key', fields: [{ name: 'api_key', title: 'API key' }, { name: 'location_id', title: 'Location id', secret: false }] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'location_id', title: 'Location id', secret: false }] },
    ],
  },
  {
    service: 'zoom', title: 'Zoom',
    ways: [
      { kind: 'oauth2', title: 'Zoom OAuth app', fields: [] },
      { kind: 'token', title: 'Access token', fields: [{ name: 'access_token', title: 'Access token' }, { name: 'refresh_token', title: 'Refresh token', optional: true }] },
      { kind: 'server_to_server', title: 'Server-to-Server OAuth app', help: 'Zoom App Marketplace → Develop → Server-to-Server OAuth → App credentials.', fields: [{ name: 'account_id', title: 'Account ID', secret: false }, { name: 'client_id', title: 'Client ID', secret: false }, { name: 'client_secret', title: 'Client secret' }] },
    ],
  },
];
