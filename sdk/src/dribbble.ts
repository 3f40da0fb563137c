import { call } from 'millrace:host';
import type { ActionResult } from './result.js';

/** What {@link Dribbble.extractShotDetails} finds. */
export interface ShotDetails {
  id: number;
  title: string;
  description: string | null;
  imageUrl: string | null;
  thumbnailUrl: string | null;
  hdImageUrl: string | null;
  isAnimated: boolean;
  tags: string[];
  publishedAt: Date;
  webUrl: string;
  dimensions: { width: number; height: number };
  hasVideo: boolean;
  videoUrl: string | null;
}

/**
 * Dribbble's API. The token it is made with is only a sign that the account is connected: the host finds the connection by
 * itself, and the real token never leaves it.
 */
export class Dribbble {
  constructor(options: { accessToken: string }) {
    if (!options?.accessToken) {
      throw new TypeError('Dribbble is not connected: there is no accessToken');
    }
  }

  /** Shots of the connected user, newest first. */
  listShots(options: { perPage?: number; page?: number } = {}): Promise<ActionResult<any[]>> {
    return call('integration', { service: 'dribbble', operation: 'listShots', args: [options] });
  }

  /** The useful parts of a shot. */
  static extractShotDetails(shot: any): ShotDetails {
    return {
      id: shot.id,
      title: shot.title,
      description: shot.description ?? null,
      imageUrl: shot.images?.normal ?? null,
      thumbnailUrl: shot.images?.teaser ?? null,
      hdImageUrl: shot.images?.hidpi ?? null,
      isAnimated: shot.animated ?? false,
      tags: shot.tags ?? [],
      publishedAt: new Date(shot.published_at),
      webUrl: shot.html_url,
      dimensions: { width: shot.width, height: shot.height },
      hasVideo: Boolean(shot.video),
      videoUrl: shot.video?.url ?? null,
    };
  }
}
