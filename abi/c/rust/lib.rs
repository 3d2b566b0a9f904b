//! minimal.c in Rust, on the binding in C: the same calls, answered the same. It
//! shows what of ecma.h a connector in Rust declares, and that both can be linked:
//!
//!     clang-19 --target=wasm32-wasi -std=c99 -Oz -c -I abi/c abi/c/ecma*.c
//!     rustc --edition 2021 --crate-type cdylib --target wasm32-wasi -C opt-level=s \
//!         -C link-arg=ecma.o -C link-arg=ecma_read.o -C link-arg=ecma_text.o -C link-arg=ecma_write.o \
//!         -C link-arg=crt1-reactor.o -o minimal.wasm abi/c/rust/lib.rs
//!
//! with Debian's rustc also -C linker=wasm-ld-14; crt1-reactor.o stands in the folder
//! self-contained of what rustc --print target-libdir names. The target must be one of
//! WASI: elsewhere older compilers of Rust pass structs otherwise than C does.

use std::os::raw::{c_char, c_int};
use std::ptr::{null, null_mut};

// The structs of ecma.h that pass by here, as they are there.

#[repr(C)]
#[derive(Clone, Copy)]
struct Text {
    at: *const u8,
    length: usize,
    escaped: bool,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Value {
    at: *const u8,
    end: *const u8,
}

#[repr(C)]
struct Cursor {
    at: *const u8,
    end: *const u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Error {
    code: c_int,
    name: Text,
    message: Text,
    detail: Text,
    dn: Text,
    object_type: Text,
    attribute: Text,
    parameter: Text,
    retryable: bool,
    retry_after_ms: i64,
    rule: Text,
    limit: Text,
    used: i64,
    allowed: i64,
}

#[repr(C)]
struct Answer {
    status: i64,
    tries: i64,
    headers: Value,
    body: Text,
    body_base64: Text,
    failed: bool,
    error: Error,
}

#[repr(C)]
struct Buffers {
    request: *const u8,
    length: u32,
    buffer: *mut u8,
    capacity: u32,
}

/// A writer of the binding's own.
#[repr(C)]
struct Writer([u8; 0]);

extern "C" {
    fn ecma_serve(length: u32, handler: unsafe extern "C" fn(Value, &mut Writer, &mut Error) -> bool) -> u64;
    fn ecma_request() -> &'static mut Writer;
    fn ecma_ask(buffers: &mut Buffers, error: &mut Error) -> bool;
    fn ecma_answered(returned: i64, result: &mut Value, error: &mut Error) -> bool;
    fn ecma_fail(error: &mut Error, code: c_int, message: Text) -> bool;

    fn ecma_member(object: Value, key: *const c_char) -> Value;
    fn ecma_items(array: Value) -> Cursor;
    fn ecma_next(cursor: &mut Cursor, item: &mut Value) -> bool;
    fn ecma_answer_of(value: Value) -> Answer;
    fn ecma_size(text: Text) -> usize;
    fn ecma_copy(text: Text, to: *mut u8, capacity: usize) -> usize;

    fn ecma_put_object(w: &mut Writer);
    fn ecma_put_end_object(w: &mut Writer);
    fn ecma_put_array(w: &mut Writer);
    fn ecma_put_end_array(w: &mut Writer);
    fn ecma_put_key(w: &mut Writer, key: *const c_char);
    fn ecma_put_text(w: &mut Writer, text: Text);
    fn ecma_put_flag(w: &mut Writer, key: *const c_char, value: bool);
    fn ecma_put_raw(w: &mut Writer, json: *const u8, length: usize);
}

#[link(wasm_import_module = "ecma_host_v1")]
extern "C" {
    #[link_name = "http"]
    fn host_http(request: *const u8, length: u32, buffer: *mut u8, capacity: u32) -> i64;
}

const OBJECT_NOT_FOUND: c_int = 6;
const ACCESS_DENIED: c_int = 8;
const BAD_SERVER_CREDENTIALS: c_int = 11;
const SERVER_DOWN: c_int = 12;
const UNEXPECTED_DATA: c_int = 3;

/// The manifest of ABI.md, section 1.
#[used]
#[link_section = "ecma.manifest"]
static MANIFEST: [u8; 123] =
    *br#"{"name":"minimal","version":"1.0.0","roles":["import"],"targets":[{"name":"app","methods":["GET"],"paths":["/users.csv"]}]}"#;

/// A literal that ends with a zero byte, as C wants it.
macro_rules! c {
    ($text:literal) => {
        concat!($text, "\0").as_ptr().cast()
    };
}

/// Exports a call, as ECMA_CALL does.
macro_rules! call {
    ($name:ident, $handler:expr) => {
        #[no_mangle]
        pub extern "C" fn $name(length: u32) -> u64 {
            unsafe extern "C" fn handler(request: Value, reply: &mut Writer, error: &mut Error) -> bool {
                let handler: unsafe fn(Value, &mut Writer, &mut Error) -> bool = $handler;
                handler(request, reply, error)
            }
            unsafe { ecma_serve(length, handler) }
        }
    };
}

call!(GetCapabilities, |_, reply, _| {
    ecma_put_object(reply);
    ecma_put_flag(reply, c!("support_import"), true);
    ecma_put_end_object(reply);
    true
});
call!(GetConfigParameters, nothing);
call!(ValidateConfigParameters, nothing);
call!(OpenImportConnection, nothing);
call!(CloseImportConnection, nothing);
call!(GetSchema, |_, reply, _| {
    put_raw(
        reply,
        r#"{"types":[{"name":"user","attributes":[{"name":"login","type":"String","anchor":true},{"name":"name","type":"String"}]}]}"#,
    );
    true
});
call!(GetImportEntries, get_import_entries);

/// An empty object: no parameters, every page right, no watermark.
unsafe fn nothing(_: Value, reply: &mut Writer, _: &mut Error) -> bool {
    put_raw(reply, "{}");
    true
}

unsafe fn put_raw(w: &mut Writer, json: &str) {
    ecma_put_raw(w, json.as_ptr(), json.len());
}

fn text(s: &str) -> Text {
    Text { at: s.as_ptr(), length: s.len(), escaped: false }
}

/// The text without JSON's escapes.
unsafe fn string(t: Text) -> String {
    let mut bytes = vec![0; ecma_size(t)];
    ecma_copy(t, bytes.as_mut_ptr(), bytes.len());
    String::from_utf8(bytes).expect("the binding reads UTF-8 alone")
}

/// Sends a list of requests and returns the result.
unsafe fn http(requests: &str, error: &mut Error) -> Option<Value> {
    put_raw(ecma_request(), requests);
    let mut buffers = Buffers { request: null(), length: 0, buffer: null_mut(), capacity: 0 };
    if !ecma_ask(&mut buffers, error) {
        return None;
    }
    let returned = host_http(buffers.request, buffers.length, buffers.buffer, buffers.capacity);
    let mut result = Value { at: null(), end: null() };
    ecma_answered(returned, &mut result, error).then(|| result)
}

/// All on one page, as in minimal.c.
unsafe fn get_import_entries(_: Value, reply: &mut Writer, error: &mut Error) -> bool {
    const LIST: &str = r#"{"requests":[{"target":"app","method":"GET","path":"/users.csv","safety":"safe"}]}"#;
    let result = match http(LIST, error) {
        Some(result) => result,
        None => return false,
    };
    let mut answers = ecma_items(ecma_member(result, c!("answers")));
    let mut item = Value { at: null(), end: null() };
    if !ecma_next(&mut answers, &mut item) {
        return ecma_fail(error, UNEXPECTED_DATA, text("GET /users.csv: no answer"));
    }
    let answer = ecma_answer_of(item);
    if answer.failed {
        *error = answer.error;
        return false;
    }
    if answer.status != 200 {
        return ecma_fail(error, code_of(answer.status), text("the list of users cannot be read"));
    }
    ecma_put_object(reply);
    ecma_put_key(reply, c!("entries"));
    ecma_put_array(reply);
    let body = string(answer.body);
    for line in body.split_inclusive('\n').filter_map(|l| l.strip_suffix('\n')) {
        let (login, name) = line.split_once(',').unwrap_or((line, ""));
        put_entry(reply, login, name);
    }
    ecma_put_end_array(reply);
    ecma_put_end_object(reply);
    true
}

unsafe fn put_entry(reply: &mut Writer, login: &str, name: &str) {
    ecma_put_object(reply);
    for (part, key, value) in [(c!("anchor"), c!("login"), login), (c!("attributes"), c!("name"), name)] {
        ecma_put_key(reply, part);
        ecma_put_object(reply);
        ecma_put_key(reply, key);
        ecma_put_text(reply, text(value));
        ecma_put_end_object(reply);
    }
    ecma_put_end_object(reply);
}

fn code_of(status: i64) -> c_int {
    match status {
        401 => BAD_SERVER_CREDENTIALS,
        403 => ACCESS_DENIED,
        404 => OBJECT_NOT_FOUND,
        500.. => SERVER_DOWN,
        _ => UNEXPECTED_DATA,
    }
}
