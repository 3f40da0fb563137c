import type { Schema } from '../../api/types';

export type Kind = Schema<'OAuthAppKind'>;

/** What the form of an app holds. Empty text: not said, so that what is stored stays. */
export interface AppValues {
  provider: string;
  workflow: string;
  kind: Kind;
  client_id: string;
  client_secret: string;
  account_id: string;
  api_key: string;
  access_token: string;
  webhook_secret: string;
  scopes: string[];
  /** Further fields, `name=value` a line. */
  others: string;
}

export const blank: AppValues = { provider: '', workflow: '', kind: 'oauth', client_id: '', client_secret: '', account_id: '', api_key: '', access_token: '', webhook_secret: '', scopes: [], others: '' };

type Field = 'client_id' | 'client_secret' | 'account_id' | 'api_key' | 'access_token' | 'webhook_secret';

/** The fields of each kind. Of a key's two, one is given. */
export const fieldsOf: Record<Kind, readonly Field[]> = {
  oauth: ['client_id', 'client_secret', 'webhook_secret'],
  s2s: ['client_id', 'client_secret', 'account_id', 'webhook_secret'],
  static: ['api_key', 'access_token', 'webhook_secret'],
};

export const isSecret = (field: Field) => field !== 'client_id' && field !== 'account_id';

export type Rule = 'needProvider' | 'needField' | 'needOneKey' | 'needPairs';

/** What is wrong with a form. `stored`: the app is there already, so that an empty field keeps what it has. */
export function wrongIn(values: AppValues, stored: boolean): Partial<Record<keyof AppValues, Rule>> {
  const empty = (field: Field) => values[field].trim() === '';
  const wrong: Partial<Record<keyof AppValues, Rule>> = {};
  if (pairsOf(values.others) === undefined) wrong.others = 'needPairs';
  if (stored) return wrong;
  if (values.provider.trim() === '') wrong.provider = 'needProvider';
  if (values.kind === 'static') {
    // A service may be told by further fields alone.
    if (empty('api_key') && empty('access_token') && values.others.trim() === '') wrong.api_key = 'needOneKey';
  } else {
    for (const field of fieldsOf[values.kind]) if (field !== 'webhook_secret' && empty(field)) wrong[field] = 'needField';
  }
  return wrong;
}

/** Reads `name=value` lines; nothing where one is none. */
export function pairsOf(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const pairs = lines.map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const;
  });
  return lines.every((line) => line.indexOf('=') > 0) ? Object.fromEntries(pairs) : undefined;
}

/** What is said of the fields of a kind: those that are filled in. The document's free object has no members by type. */
function said(values: AppValues): Partial<Record<Field, string>> & { fields?: Record<string, never> } {
  const given = fieldsOf[values.kind].filter((field) => values[field].trim() !== '');
  const others = pairsOf(values.others) ?? {};
  return { ...Object.fromEntries(given.map((field) => [field, values[field].trim()])), ...(Object.keys(others).length > 0 && { fields: others as Record<string, never> }) };
}

export function creationOf(values: AppValues): Schema<'CreateOAuthApp'> {
  return {
    provider: values.provider.trim().toLowerCase(),
    kind: values.kind,
    ...(values.workflow !== '' && { workflow: values.workflow }),
    ...(values.scopes.length > 0 && { scopes: values.scopes }),
    ...said(values),
  };
}

/** What a form changes of an app. Scopes are sent as a whole, and only when they are others. */
export function changeOf(app: Pick<Schema<'OAuthApp'>, 'client_id' | 'scopes'>, values: AppValues): Schema<'ChangeOAuthApp'> {
  const { client_id: client, ...rest } = said(values);
  const isSame = values.scopes.length === app.scopes.length && values.scopes.every((scope, at) => scope === app.scopes[at]);
  return { ...rest, ...(client !== undefined && client !== app.client_id && { client_id: client }), ...(!isSame && { scopes: values.scopes }) };
}

/** Where its owner may move an app. */
export function promotionOf(status: Schema<'OAuthAppStatus'>): 'testing' | 'pending_review' | undefined {
  if (status === 'development') return 'testing';
  return status === 'testing' ? 'pending_review' : undefined;
}
