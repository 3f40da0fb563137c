import type { Schema } from '../../api/types';
import type { Listing } from './queries';

/** What the form of a listing holds. Empty text: nothing is said. */
export interface ListingValues {
  visibility: Schema<'Visibility'>;
  tagline: string;
  description: string;
  category: string;
  icon: string;
  credential_mode: Schema<'CredentialMode'>;
  complexity_tier: string;
  revoke_existing: boolean;
}

/** Characters of each text, as the server counts them. */
export const mostOf = { tagline: 100, description: 500, category: 50, icon: 500 };

const openness: Record<Schema<'Visibility'>, number> = { public: 2, unlisted: 1, private: 0 };

/** Whether fewer people may use it than before: what is installed elsewhere is concerned. */
export function isNarrower(listing: Pick<Listing, 'status' | 'visibility'>, to: Schema<'Visibility'>): boolean {
  return listing.status !== 'draft' && to === 'private' && openness[to] < openness[listing.visibility];
}

/** What changed, and nothing else: what is absent stays as the module states it. */
export function changeOf(listing: Listing, values: ListingValues): Schema<'ChangeListing'> {
  const change: Schema<'ChangeListing'> = {};
  if (values.visibility !== listing.visibility) change.visibility = values.visibility;
  if (values.credential_mode !== listing.credential_mode) change.credential_mode = values.credential_mode;
  if (values.tagline !== listing.tagline) change.tagline = values.tagline;
  if (values.description !== listing.description) change.description = values.description;
  if (values.category !== listing.category) change.category = values.category;
  if (values.icon !== (listing.icon ?? '')) change.icon = values.icon;
  if (values.complexity_tier !== (listing.complexity_tier ?? '')) change.complexity_tier = values.complexity_tier;
  if (values.revoke_existing && isNarrower(listing, values.visibility)) change.revoke_existing = true;
  return change;
}
