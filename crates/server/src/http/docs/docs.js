// Shows the OpenAPI document. Text is only ever set as text, so nothing in the document can become markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Text with `code` in it.
function words(text) {
  return (text || "").split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));
}

function paragraphs(text) {
  return (text || "").split(/\n\s*\n/).filter(Boolean).map((part) => make("p", {}, ...words(part)));
}

function resolve(spec, node) {
  const seen = new Set();
  while (node && node.$ref && !seen.has(node.$ref)) {
    seen.add(node.$ref);
    node = node.$ref.split("/").slice(1).reduce((at, key) => at && at[key], spec);
  }
  return node || {};
}

function refName(node) {
  return node && node.$ref ? node.$ref.split("/").pop() : null;
}

function typeName(spec, schema) {
  if (!schema) return "";
  const name = refName(schema);
  if (name) return name;
  const union = schema.oneOf || schema.anyOf || schema.allOf;
  if (union) return union.map((part) => typeName(spec, part)).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = [].concat(schema.type || (schema.properties ? "object" : "any"));
  return types.map((type) => (type === "array" ? `${typeName(spec, schema.items)}[]` : type)).join(" | ");
}

function fields(spec, schema) {
  const whole = resolve(spec, schema);
  const parts = (whole.allOf || [whole]).map((part) => resolve(spec, part));
  const rows = [];
  for (const part of parts) {
    for (const [name, value] of Object.entries(part.properties || {})) {
      rows.push({ name, required: (part.required || []).includes(name), type: typeName(spec, value), text: value.description || resolve(spec, value).description });
    }
  }
  return rows;
}

function fieldTable(rows) {
  const body = rows.map((row) =>
    make("tr", {}, make("td", {}, make("code", {}, row.name), row.required ? " *" : ""), make("td", {}, make("code", {}, row.type)), make("td", {}, ...words(row.text))));
  const head = make("tr", {}, ...["Name", "Type", "Meaning"].map((title) => make("th", { scope: "col" }, title)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

function schemaBlock(spec, schema, depth) {
  const rows = fields(spec, schema);
  const block = make("div", {}, make("p", {}, make("code", {}, typeName(spec, schema) || "any")));
  if (rows.length) block.append(fieldTable(rows));
  if (depth < 3) {
    for (const name of mentioned(spec, schema)) {
      const inner = { $ref: `#/components/schemas/${name}` };
      block.append(make("details", {}, make("summary", {}, name), schemaBlock(spec, inner, depth + 1)));
    }
  }
  return block;
}

// Names of the schemas that a schema's own fields refer to.
function mentioned(spec, schema) {
  const names = new Set();
  const own = refName(schema);
  const walk = (node) => {
    if (!node || typeof node !== "object") return;
    const name = refName(node);
    if (name) {
      if (name !== own) names.add(name);
      return;
    }
    Object.values(node).forEach(walk);
  };
  walk(resolve(spec, schema));
  return names;
}

function bodyBlock(spec, content) {
  return Object.entries(content || {}).map(([type, media]) => make("div", {}, make("p", {}, type), media.schema ? schemaBlock(spec, media.schema, 0) : null));
}

function example(path, method, operation) {
  const lines = [`curl -X ${method.toUpperCase()} "$MILLRACE_URL${path}"`];
  if (!isOpen(operation)) lines.push('  -H "Authorization: Bearer $MILLRACE_API_KEY"');
  if (operation.requestBody) lines.push("  -H 'Content-Type: application/json' -d @body.json");
  return lines.join(" \\\n");
}

function isOpen(operation) {
  return Array.isArray(operation.security) && operation.security.some((requirement) => Object.keys(requirement).length === 0);
}

function operationBlock(spec, path, method, operation) {
  const id = operation.operationId || `${method}${path}`;
  const title = make("h3", {}, make("span", { class: `method ${method}` }, method.toUpperCase()), " ", path);
  if (isOpen(operation)) title.append(make("span", { class: "open" }, "no API key"));
  const block = make("section", { class: "operation", id }, title);
  if (operation.summary) block.append(make("p", { class: "summary" }, operation.summary));
  block.append(...paragraphs(operation.description));
  if ((operation.parameters || []).length) {
    const rows = operation.parameters.map((p) => resolve(spec, p)).map((p) => ({ name: p.name, required: p.required, type: `${typeName(spec, p.schema)} (${p.in})`, text: p.description }));
    block.append(make("h4", {}, "Parameters"), fieldTable(rows));
  }
  if (operation.requestBody) {
    block.append(make("h4", {}, "Request body"), ...bodyBlock(spec, resolve(spec, operation.requestBody).content));
  }
  block.append(make("h4", {}, "Answers"));
  for (const [status, answer] of Object.entries(operation.responses || {})) {
    const full = resolve(spec, answer);
    block.append(make("details", {}, make("summary", {}, make("code", {}, status), " ", ...words(full.description)), ...bodyBlock(spec, full.content)));
  }
  block.append(make("h4", {}, "Try it"), make("pre", {}, example(path, method, operation)));
  block.dataset.search = [method, path, operation.summary, operation.description, id].join(" ").toLowerCase();
  return block;
}

function show(spec) {
  const content = document.getElementById("content");
  const nav = document.getElementById("nav");
  content.replaceChildren(make("p", {}, `Version ${spec.info.version}. The document itself: `, make("a", { href: "/api/openapi.json" }, "openapi.json"), "."), ...paragraphs(spec.info.description));
  const groups = new Map((spec.tags || []).map((tag) => [tag.name, { text: tag.description, blocks: [] }]));
  for (const [path, item] of Object.entries(spec.paths || {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = (item[method].tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, { blocks: [] });
      groups.get(tag).blocks.push({ path, method, block: operationBlock(spec, path, method, item[method]) });
    }
  }
  for (const [tag, group] of groups) {
    if (!group.blocks.length) continue;
    nav.append(make("h2", {}, tag));
    content.append(make("h2", {}, tag), ...paragraphs(group.text));
    for (const { path, method, block } of group.blocks) {
      content.append(block);
      nav.append(make("a", { href: `#${block.id}`, "data-for": block.id }, make("span", { class: `method ${method}` }, method.toUpperCase()), " ", path.replace(/^\/api/, "")));
    }
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function filter(event) {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const block of document.querySelectorAll(".operation")) {
    block.hidden = !words.every((word) => block.dataset.search.includes(word));
    document.querySelector(`[data-for="${CSS.escape(block.id)}"]`).hidden = block.hidden;
  }
}

async function start() {
  document.getElementById("filter").addEventListener("input", filter);
  const content = document.getElementById("content");
  try {
    const answer = await fetch("/api/openapi.json");
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    show(await answer.json());
  } catch (error) {
    content.replaceChildren(make("p", { role: "alert" }, `The document could not be loaded: ${error.message}. Reload the page to try again.`));
  }
}

start();
