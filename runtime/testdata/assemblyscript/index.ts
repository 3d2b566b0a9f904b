// abi/c/minimal.c in AssemblyScript, without a binding: what ABI.md asks of a module,
// and as much JSON as this connector needs. It passes over its requests, and
// takes the host at its word.
//
//     asc index.ts -O3 --use abort= -o minimal.wasm
//
// The manifest is appended: AssemblyScript writes no custom sections.

import { Value, parse, quote } from "./json";

@external("ecma_host_v1", "http")
declare function hostHttp(request: usize, length: u32, buffer: usize, capacity: u32): i64;
@external("ecma_host_v1", "take")
declare function hostTake(id: u32, buffer: usize, capacity: u32): i64;

// The buffers that ABI.md has a module keep. What a global variable holds is not
// collected, and nothing moves.
let input = new ArrayBuffer(0);
let reply = new ArrayBuffer(0);
let answer = new ArrayBuffer(65536);

export function ecma_abi_1(offered: u64): u64 {
  return 0;
}

export function ecma_buffer(length: u32): usize {
  if (<u32>input.byteLength < length) input = new ArrayBuffer(length);
  return changetype<usize>(input);
}

function say(json: string): u64 {
  reply = String.UTF8.encode(json);
  return (<u64>changetype<usize>(reply) << 32) | reply.byteLength;
}

function result(json: string): u64 {
  return say(`{"result":${json}}`);
}

function fail(code: string, message: string): u64 {
  const retryable = code == "ServerDown" ? ',"retryable":true' : "";
  return say(`{"error":{"code":"${code}","message":${quote(message)}${retryable}}}`);
}

export function GetCapabilities(length: u32): u64 {
  return result('{"support_import":true}');
}

export function GetConfigParameters(length: u32): u64 {
  return result("{}");
}

export function ValidateConfigParameters(length: u32): u64 {
  return result("{}");
}

export function GetSchema(length: u32): u64 {
  return result('{"types":[{"name":"user","attributes":[{"name":"login","type":"String","anchor":true},{"name":"name","type":"String"}]}]}');
}

export function OpenImportConnection(length: u32): u64 {
  return result("{}");
}

export function CloseImportConnection(length: u32): u64 {
  return result("{}");
}

export function GetImportEntries(length: u32): u64 {
  const said = http('{"requests":[{"target":"app","method":"GET","path":"/users.csv","safety":"safe"}]}');
  if (said.has("error")) return refused(said.member("error"));
  const answers = said.member("result").member("answers").items;
  if (answers.length == 0) return fail("UnexpectedData", "GET /users.csv: no answer");
  if (answers[0].has("error")) return refused(answers[0].member("error"));
  const status = <i32>parseInt(answers[0].member("status").text);
  if (status != 200) return fail(codeOf(status), "the list of users cannot be read");

  const lines = answers[0].member("body").text.split("\n");
  const entries: string[] = [];
  for (let i = 0; i < lines.length - 1; i++) {
    const comma = lines[i].indexOf(",");
    const login = comma < 0 ? lines[i] : lines[i].slice(0, comma);
    const name = comma < 0 ? "" : lines[i].slice(comma + 1);
    entries.push(`{"anchor":{"login":${quote(login)}},"attributes":{"name":${quote(name)}}}`);
  }
  return result(`{"entries":[${entries.join(",")}]}`);
}

function codeOf(status: i32): string {
  switch (status) {
    case 401:
      return "BadServerCredentials";
    case 403:
      return "AccessDenied";
    case 404:
      return "ObjectNotFound";
  }
  return status >= 500 ? "ServerDown" : "UnexpectedData";
}

// refused answers with the host's error, where its code is one that connectors have
// too.
function refused(error: Value): u64 {
  const code = error.member("code").text;
  const ours = code == "AccessDenied" || code == "BadServerCredentials" || code == "ServerDown";
  return fail(ours ? code : "ServerDown", error.member("message").text);
}

// http asks the host and returns its answer, which it fetches if it did not fit.
function http(requests: string): Value {
  const request = String.UTF8.encode(requests);
  const returned = hostHttp(changetype<usize>(request), request.byteLength, changetype<usize>(answer), answer.byteLength);
  if (returned < 0) return parse(`{"error":{"message":"the host does not answer: ${-returned}"}}`);
  const id = <u32>(returned >> 32), length = <i32>returned;
  if (id != 0) {
    answer = new ArrayBuffer(length);
    hostTake(id, changetype<usize>(answer), length);
  }
  return parse(String.UTF8.decode(answer.slice(0, length)));
}
