// Resolves the host's module to its double.
export async function resolve(specifier, context, next) {
  return specifier === 'millrace:host' ? { url: new URL('./host.mjs', import.meta.url).href, shortCircuit: true } : next(specifier, context);
}
