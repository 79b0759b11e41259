// Runs a program of WASI: node .ci/wasi.mjs PROGRAM ARGUMENT…
import { readFile } from "node:fs/promises";
import { argv, env } from "node:process";
import { WASI } from "node:wasi";

const wasi = new WASI({ version: "preview1", args: argv.slice(2), env, preopens: { "/": "/" } });
const { instance } = await WebAssembly.instantiate(await readFile(argv[2]), wasi.getImportObject());
wasi.start(instance);
