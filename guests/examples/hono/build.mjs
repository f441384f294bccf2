// Makes the component: bundles app.js with its packages, then puts the bundle into the JavaScript engine.
// Usage: node build.mjs [OUT.wasm]
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? 'app.wasm');
const work = await mkdtemp(join(tmpdir(), 'hono-'));
try {
  const bundle = join(work, 'bundle.js');
  await build({
    entryPoints: [join(here, 'app.js')],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['wasi:*'], // imports of the component, not packages
    logLevel: 'warning',
  });
  const { component } = await componentize({
    sourcePath: bundle,
    witPath: await interfaces(work),
    worldName: 'app',
  });
  await writeFile(out, component);
} finally {
  await rm(work, { recursive: true });
}

// Lays out world.wit with the WASI interfaces it names. They come with the jco package, as 0.2.12; the engine
// exports wasi:http as 0.2.10, so that package is renamed here.
async function interfaces(work) {
  const wit = join(work, 'wit');
  const wasi = join(here, 'node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12');
  await cp(wasi, join(wit, 'deps'), { recursive: true });
  const http = join(wit, 'deps/wasi-http/package.wit');
  const text = await readFile(http, 'utf8');
  const renamed = text.replace('package wasi:http@0.2.12;', 'package wasi:http@0.2.10;');
  if (renamed === text) throw new Error(`${http} is not wasi:http@0.2.12: is jco at the version in package.json?`);
  await writeFile(http, renamed);
  await cp(join(here, 'world.wit'), join(wit, 'world.wit'));
  return wit;
}
