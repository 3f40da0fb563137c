import ts from 'typescript';

/**
 * Where the module of a workflow says something: `trigger.cron`, `integrations.0`, `inputs.channel.type`, `metadata.id`. The server
 * looks at the evaluated definition, which has no lines; this finds the innermost member that is written down. Null where
 * nothing of it is.
 */
export function member(source: ts.SourceFile, name: string): { from: number; to: number } | null {
  const steps = name.split(/[.[\]]+/).filter(Boolean);
  const [first, ...rest] = steps;
  if (first === undefined) return null;
  const stated = named(source, first);
  if (stated && first !== 'default') return range(source, innermost(source, stated, rest) ?? stated);
  const definition = theDefault(source);
  const found = definition && innermost(source, definition, first === 'default' ? rest : steps);
  if (found) return range(source, found);
  const metadata = named(source, 'metadata');
  const listed = metadata && innermost(source, metadata, steps);
  return listed ? range(source, listed) : null;
}

/** The value of `export const NAME = …`. */
function named(source: ts.SourceFile, name: string): ts.Node | undefined {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const found = statement.declarationList.declarations.find((each) => ts.isIdentifier(each.name) && each.name.text === name);
    if (found?.initializer && statement.modifiers?.some((each) => each.kind === ts.SyntaxKind.ExportKeyword)) return found.initializer;
  }
  return undefined;
}

function theDefault(source: ts.SourceFile): ts.Node | undefined {
  return source.statements.find(ts.isExportAssignment)?.expression;
}

/** What an expression comes down to: an object or a list in this file, or itself. */
function plain(source: ts.SourceFile, node: ts.Node, depth = 0): ts.Node {
  if (depth > 8) return node;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return plain(source, node.expression, depth + 1);
  // `defineWorkflow({ … })`, `webhook({ … })`: the members are the argument's.
  const argument = ts.isCallExpression(node) ? node.arguments.find((each) => ts.isObjectLiteralExpression(plain(source, each, depth + 1))) : undefined;
  if (argument) return plain(source, argument, depth + 1);
  if (!ts.isIdentifier(node)) return node;
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const found = statement.declarationList.declarations.find((each) => ts.isIdentifier(each.name) && each.name.text === node.text);
    if (found?.initializer) return plain(source, found.initializer, depth + 1);
  }
  return node;
}

/** The innermost of nested members that is written; undefined when not even the first one is. */
function innermost(source: ts.SourceFile, from: ts.Node, steps: readonly string[]): ts.Node | undefined {
  let [at, deepest]: [ts.Node, ts.Node | undefined] = [plain(source, from), undefined];
  for (const step of steps) {
    const next = inside(at, step);
    if (!next) break;
    deepest = next;
    at = plain(source, ts.isPropertyAssignment(next) ? next.initializer : ts.isShorthandPropertyAssignment(next) ? next.name : next);
  }
  return deepest;
}

function inside(node: ts.Node, step: string): ts.Node | undefined {
  if (ts.isArrayLiteralExpression(node)) return node.elements[Number(step)];
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const is = (name: string) => node.properties.find((each) => each.name && (ts.isIdentifier(each.name) || ts.isStringLiteral(each.name)) && each.name.text === name);
  // A single trigger may be reported as the first of several.
  return is(step) ?? (step === 'triggers' ? is('trigger') : undefined);
}

function range(source: ts.SourceFile, node: ts.Node): { from: number; to: number } {
  const shown = ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node) ? node.name : node;
  const from = shown.getStart(source);
  // One line is enough to see what is meant.
  const end = source.text.indexOf('\n', from);
  return { from, to: Math.min(shown.getEnd(), end < 0 ? source.text.length : end) };
}
