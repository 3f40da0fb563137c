// Written by `millrace connector import`. Types of the integration `shop`; what the service really does is its own affair.

import type { ActionResult } from '@millrace/sdk';

/** Members that may be left out after all: the service fills them in. */
type Loose<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> & Partial<Pick<T, K & keyof T>> : never;
/** A body without the members that other parameters have the names of. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Old books */
export interface ShopIntegration {
  readonly loans: {
    create(args: LoansCreateArgs): Promise<ActionResult<Loan>>;
    get(args: LoansGetArgs): Promise<ActionResult<Loan>>;
    list(args?: LoansListArgs): Promise<ActionResult<Loan[]>>;
  };
  /** The service directly, signed like an operation. */
  request(path: string, init?: { method?: string; headers?: Record<string, string>; body?: unknown }): Promise<Response>;
}

declare global {
  /** Services whose clients have types of their own. */
  interface MillraceServices {
    'shop': ShopIntegration;
  }
}

export type LoansListArgs = {
  status?: ("open" | "late")[] | undefined;
  page?: number | undefined;
  per_page?: number | undefined;
  /** All pages, or so many items, instead of one page. */
  allPages?: boolean | number | undefined;
};

export type LoansCreateArgs = { book: string; notes?: string[]; };

export type LoansGetArgs = {
  loan_id: number;
};

export interface Loan {
  book: string;
  until?: string | null;
}
