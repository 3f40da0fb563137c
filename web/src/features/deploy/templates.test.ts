import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { languageOf } from '../source/language/service';
import { begin, EXAMPLES, slug, TEMPLATES, titleFits } from './templates';

describe('what a workflow begins with', () => {
  it.each([...TEMPLATES, ...EXAMPLES])('%s has sound types and no unfilled place', async (from) => {
    const { files } = await begin(from, 'Client Sync');
    expect(Object.keys(files)).toEqual(['workflow.ts']);
    expect(files['workflow.ts']).not.toContain('__');
    expect(languageOf(files).remarks()).toEqual([]);
  });

  it('is every template that the command line has', () => {
    const files = readdirSync(join(import.meta.dirname, '../../../../crates/cli/templates'));
    expect(files.flatMap((file) => /^workflow-(\w+)\.ts$/.exec(file)?.[1] ?? []).sort()).toEqual([...TEMPLATES].sort());
  });

  it('bears its title and id', async () => {
    const { files } = await begin('webhook', 'Orders & $& more');
    expect(files['workflow.ts']).toContain("name: 'Orders & $& more'");
    expect(files['workflow.ts']).toContain("id: 'orders-more'");
  });

  it('refuses titles that would break the source', () => {
    for (const bad of ["a'b", 'x`y', '---', '${z}', 'a\nb', '']) expect(titleFits(bad), bad).toBe(false);
    expect(titleFits('Ümläut 2')).toBe(true);
    expect(slug('  Client  Sync! ')).toBe('client-sync');
  });
});
