// Written by `millrace connector import`. Types of the integration `shop`; what the service really does is its own affair.

import type { ActionResult } from '@millrace/sdk';

/** Members that may be left out after all: the service fills them in. */
type Loose<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> & Partial<Pick<T, K & keyof T>> : never;
/** A body without the members that other parameters have the names of. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Books */
export interface ShopIntegration {
  readonly books: {
    create(args: BooksCreateArgs): Promise<ActionResult<Book>>;
    /** @deprecated */
    delete(args: BooksDeleteArgs): Promise<ActionResult<null>>;
    /** Books, newest first. */
    list(args?: BooksListArgs): Promise<ActionResult<Book[] & { readonly data: Book[]; readonly next_cursor: string | null | null }>>;
  };
  /** The same as `books.create`. */
  createBook(args: BooksCreateArgs): Promise<ActionResult<Book>>;
  /** The same as `books.delete`. */
  deleteBook(args: BooksDeleteArgs): Promise<ActionResult<null>>;
  /** The same as `books.list`. */
  listBooks(args?: BooksListArgs): Promise<ActionResult<Book[] & { readonly data: Book[]; readonly next_cursor: string | null | null }>>;
  readonly shelves: {
    get(args: ShelvesGetArgs): Promise<ActionResult<{ [key: string]: number }>>;
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

export type BooksListArgs = {
  /** Books on one page. */
  limit?: number | undefined;
  cursor?: string | undefined;
  filter?: { kind?: string; } | undefined;
  /** All pages, or so many items, instead of one page. */
  allPages?: boolean | number | undefined;
};

export type BooksCreateArgs = Loose<Book, "id">;

export type BooksDeleteArgs = {
  bookId: string;
};

export type ShelvesGetArgs = {
  id: string;
};

/** One book. A comment ends with *\/ elsewhere, not here. */
export interface Book {
  id: string;
  title: string;
  pages?: number | null;
  kind?: "novel" | "essay";
  sequel?: Book;
  published?: string;
}
