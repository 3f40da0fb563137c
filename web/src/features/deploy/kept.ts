import type { Project } from './project';

/** Work that was not deployed, as this browser keeps it. */
export interface Kept extends Project {
  /** What it is about: `workflow:client-sync`, or `new:minimal:Client Sync`. */
  about: string;
  /** The version that it began from. */
  base?: string | undefined;
  /** When it was written last, RFC 3339. */
  at: string;
}

/** The part of the browser's storage that this needs. */
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Unsaved work of one person in one workspace. Each workflow has a place of its own; another person of this browser sees none of it. */
export class Keep {
  private readonly prefix: string;

  constructor(workspace: string, person: string, private readonly store: Store = localStorage) {
    this.prefix = `millrace.source.${workspace}.${person}.`;
  }

  /** Whether there was room: a browser keeps some megabytes. */
  put(kept: Kept): boolean {
    try {
      this.store.setItem(this.prefix + kept.about, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }

  get(about: string): Kept | undefined {
    const text = this.store.getItem(this.prefix + about);
    if (text === null) return undefined;
    try {
      const kept = JSON.parse(text) as Partial<Kept> | null;
      const whole = typeof kept?.files === 'object' && kept.files !== null && Object.values(kept.files).every((each) => typeof each === 'string') && typeof kept.at === 'string';
      return whole ? ({ ...kept, about } as Kept) : undefined;
    } catch {
      return undefined;
    }
  }

  drop(about: string) {
    this.store.removeItem(this.prefix + about);
  }

  /** Everything there is, what was written last first. */
  all(): Kept[] {
    const keys = Array.from({ length: this.store.length }, (_, index) => this.store.key(index) ?? '');
    return keys
      .filter((key) => key.startsWith(this.prefix))
      .flatMap((key) => this.get(key.slice(this.prefix.length)) ?? [])
      .sort((a, b) => b.at.localeCompare(a.at));
  }
}
