// A service whose client has a type of its own, as the files of `millrace connector import` declare it.
import { defineWorkflow, manual, type ActionResult } from '../../src/index.js';

interface TypedClient {
  readonly books: { list(args?: { limit?: number }): Promise<ActionResult<{ id: string }[]>> };
}

declare global {
  interface MillraceServices {
    'typed-books': TypedClient;
    typedBooks: TypedClient;
  }
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

defineWorkflow({
  name: 'Typed',
  integrations: ['typed-books', { service: 'untyped' }],
  trigger: manual(),
  async execute({ integrations }) {
    const result = await integrations['typed-books'].books.list({ limit: 3 });
    holds<Same<typeof integrations.untyped, any>>();
    // @ts-expect-error: the limit is a number
    await integrations['typed-books'].books.list({ limit: 'three' });
    // @ts-expect-error: there is no such operation
    await integrations['typed-books'].books.remove();
    return { success: result.success, data: await integrations.untyped.anything.at.all() };
  },
});

defineWorkflow({
  name: 'Camel',
  integrations: ['typed-books'],
  trigger: manual(),
  async execute({ integrations }) {
    holds<Same<typeof integrations.typedBooks, TypedClient>>();
    return { success: (await integrations.typedBooks.books.list()).success };
  },
});
