import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** A query that is written down: its key and its question with names left out, so that two features can be compared. */
function questionsIn(name: string): Array<{ key: string; question: string; name: string }> {
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  if (!text.includes('queryKey: [')) return [];
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: Array<{ key: string; question: string; name: string }> = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const member = (wanted: string) => node.properties.find((each): each is ts.PropertyAssignment => ts.isPropertyAssignment(each) && each.name.getText() === wanted)?.initializer;
      const [key, asks] = [member('queryKey'), member('queryFn')];
      if (key && ts.isArrayLiteralExpression(key) && asks) {
        const own = key.elements.filter((each) => ts.isIdentifier(each)).map((each) => each.getText());
        const question = own.reduce((text, word) => text.replaceAll(new RegExp(`(?<!\\{)\\b${word}\\b(?!\\s*:)`, 'g'), '*'), asks.getText());
        const pages = member('initialPageParam') ? ' by pages' : '';
        found.push({ key: key.elements.map((each) => (ts.isStringLiteral(each) ? each.text : ts.isObjectLiteralExpression(each) ? '{}' : '*')).join('/'), question: question.replaceAll(/\b\w+: \*/g, '*').replaceAll(/\s+/g, ' ') + pages, name });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test('features that share a key ask the same: what one keeps is shown by the other', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) => /\/.*\.tsx?$/.test(name) && !name.includes('.test.'));
  const all = files.flatMap(questionsIn);
  expect(all.length).toBeGreaterThan(60);
  expect(new Set(all.filter(({ key }, at) => all.findIndex((other) => other.key === key) !== at).map(({ key }) => key)).size).toBeGreaterThan(2);
  const first = new Map(all.toReversed().map((each) => [each.key, each]));
  const others = all.filter(({ key, question }) => first.get(key)?.question !== question);
  expect(others.map(({ key, name, question }) => `${key}: ${name} asks ${question}, ${first.get(key)?.name} asks ${first.get(key)?.question}`)).toEqual([]);
});
