/* The messages of ecma.h, and what makes a module of them: the kept buffers, the
 * way from a request to its reply, and the host calls. */
#include "ecma_internal.h"

/* Enumerations */

#define WORD(E, number, name) {number, #name},
#define WORDS(E) const ecma_word ecma_##E[] = {ECMA_EACH_##E(WORD, E){0, NULL}};
WORDS(Code)
WORDS(MAExportError)
WORDS(MAImportError)
WORDS(AttributeType)
WORDS(AttributeOperation)
WORDS(ObjectModificationType)
WORDS(AttributeModificationType)
WORDS(ValueModificationType)
WORDS(OperationType)
WORDS(CloseReason)
WORDS(ConfigParameterPage)
WORDS(ConfigParameterType)
WORDS(ParameterValidationResultCode)
WORDS(PasswordOptions)
WORDS(ConnectionSecurityLevel)
WORDS(MADistinguishedNameStyle)
WORDS(MANormalizations)
WORDS(MAExportType)
WORDS(MAObjectConfirmation)

/* Errors */

bool ecma_fail(ecma_error *error, int code, ecma_text message) {
    *error = (ecma_error){.code = code, .message = message};
    switch (code) {
    case ECMA_Code_ServerDown:
    case ECMA_Code_FailedConnection:
    case ECMA_Code_DroppedConnection:
    case ECMA_Code_NotSent:
    case ECMA_Code_DeadlineExceeded: error->retryable = true;
    }
    return false;
}

void ecma_get_error(ecma_value v, ecma_error *error) {
    *error = (ecma_error){
        .code = ecma_number(ecma_Code, ecma_text_member(v, "code")),
        .name = ecma_text_member(v, "name"),
        .message = ecma_text_member(v, "message"),
        .detail = ecma_text_member(v, "detail"),
        .dn = ecma_text_member(v, "dn"),
        .object_type = ecma_text_member(v, "object_type"),
        .attribute = ecma_text_member(v, "attribute"),
        .parameter = ecma_text_member(v, "parameter"),
        .retryable = ecma_true(ecma_member(v, "retryable")),
        .retry_after_ms = ecma_int(ecma_member(v, "retry_after_ms")),
        .rule = ecma_text_member(v, "rule"),
        .limit = ecma_text_member(v, "limit"),
        .used = ecma_int(ecma_member(v, "used")),
        .allowed = ecma_int(ecma_member(v, "allowed")),
    };
    if (error->code < 0) error->code = ECMA_Code_HostFailure; /* of a later version */
}

/* own_code says as which of ECMA's exceptions a host's failure leaves. */
static int own_code(int code) {
    if (code >= ECMA_Code_TerminateRun && code <= ECMA_Code_NoCompatiblePartitionFound) return code;
    switch (code) {
    case ECMA_Code_NotOffered: return ECMA_Code_EntryPointNotImplemented;
    case ECMA_Code_Denied: return ECMA_Code_AccessDenied;
    case ECMA_Code_LimitExceeded: return ECMA_Code_UnexpectedData;
    case ECMA_Code_Cancelled: return ECMA_Code_TerminateRun;
    case ECMA_Code_DeadlineExceeded:
    case ECMA_Code_OutcomeUnknown: return ECMA_Code_DroppedConnection;
    case ECMA_Code_NotSent: return ECMA_Code_FailedConnection;
    case ECMA_Code_NotFound: return ECMA_Code_ObjectNotFound;
    }
    return ECMA_Code_ExtensibleExtension;
}

void ecma_put_error(ecma_writer *w, const ecma_error *e) {
    int code = own_code(e->code);
    ecma_text name = e->name;
    const char *host = ecma_name(ecma_Code, e->code);
    if (code != e->code && name.length == 0 && host != NULL) name = ecma_string(host);
    ecma_put_object(w);
    ecma_put_word(w, "code", ecma_Code, code);
    ecma_put_member(w, "name", ecma_cut(name, ECMA_MAX_ERROR_TEXT));
    ecma_put_member(w, "message", ecma_cut(e->message, ECMA_MAX_ERROR_TEXT));
    ecma_put_member(w, "detail", ecma_cut(e->detail, ECMA_MAX_ERROR_TEXT));
    ecma_put_member(w, "dn", e->dn);
    ecma_put_member(w, "object_type", e->object_type);
    ecma_put_member(w, "attribute", e->attribute);
    ecma_put_member(w, "parameter", e->parameter);
    ecma_put_flag(w, "retryable", e->retryable);
    ecma_put_number(w, "retry_after_ms", e->retry_after_ms);
    ecma_put_member(w, "rule", e->rule);
    ecma_put_member(w, "limit", e->limit);
    ecma_put_number(w, "used", e->used);
    ecma_put_number(w, "allowed", e->allowed);
    ecma_put_end_object(w);
}

/* Parts of requests and answers */

ecma_entry ecma_entry_of(ecma_value v) {
    ecma_entry e = {
        .id = ecma_text_member(v, "id"),
        .object_type = ecma_text_member(v, "object_type"),
        .dn = ecma_text_member(v, "dn"),
        .new_dn = ecma_text_member(v, "new_dn"),
        .rdn = ecma_text_member(v, "rdn"),
        .change = ECMA_ObjectModificationType_Add,
        .anchor = ecma_member(v, "anchor"),
        .attributes = ecma_member(v, "attributes"),
    };
    ecma_text change = ecma_text_member(v, "change");
    if (change.length > 0) e.change = ecma_number(ecma_ObjectModificationType, change);
    return e;
}

ecma_change ecma_change_of(ecma_value v) {
    ecma_change c = {.how = ECMA_AttributeModificationType_Add, .values = v};
    if (ecma_null(v)) return (ecma_change){.how = ECMA_AttributeModificationType_Delete};
    if (v.at == NULL || *v.at != '{') return c;
    c.how = ECMA_AttributeModificationType_Replace;
    c.values = ecma_member(v, "replace");
    if (c.values.at == NULL) {
        c.how = ECMA_AttributeModificationType_Update;
        c.values = ecma_member(v, "add");
        c.deletes = ecma_member(v, "delete");
    }
    return c;
}

ecma_text ecma_parameter(ecma_value parameters, const char *name, bool *there) {
    ecma_value item;
    for (ecma_cursor c = ecma_items(parameters); ecma_next(&c, &item);) {
        *there = ecma_is(ecma_text_member(item, "name"), name);
        if (*there) return ecma_text_member(item, "value");
    }
    *there = false;
    return ECMA_TEXT("");
}

ecma_answer ecma_answer_of(ecma_value v) {
    ecma_answer a = {
        .status = ecma_int(ecma_member(v, "status")),
        .tries = ecma_int(ecma_member(v, "tries")),
        .headers = ecma_member(v, "headers"),
        .body = ecma_text_member(v, "body"),
        .body_base64 = ecma_text_member(v, "body_base64"),
    };
    ecma_value error = ecma_member(v, "error");
    a.failed = error.at != NULL;
    if (a.failed) ecma_get_error(error, &a.error);
    return a;
}

void ecma_append_body(ecma_writer *w, const ecma_answer *answer) {
    ecma_append_text(w, answer->body);
    ecma_append_base64(w, answer->body_base64);
}

static int lower(int c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

static bool same_header(ecma_text have, const char *name) {
    ecma_plain p = {.text = have};
    for (;; name++) {
        int c = lower(ecma_next_byte(&p));
        if (*name == 0 || c < 0) return *name == 0 && c < 0;
        if (c != lower((unsigned char)*name)) return false;
    }
}

ecma_text ecma_header(const ecma_answer *answer, const char *name) {
    ecma_value pair, part[2];
    for (ecma_cursor c = ecma_items(answer->headers); ecma_next(&c, &pair);) {
        ecma_cursor two = ecma_items(pair);
        if (!ecma_next(&two, &part[0]) || !ecma_next(&two, &part[1])) continue;
        if (same_header(ecma_string_of(part[0]), name)) return ecma_string_of(part[1]);
    }
    return ECMA_TEXT("");
}

#ifdef __wasm__

/* The kept buffers */

static ecma_writer input, output, host_request, host_answer;

/* The largest message says how much of a buffer is used; what is over is growth. */
#define ANSWER_BUFFER (16u << 10)

ECMA_EXPORT("ecma_abi_1") uint64_t ecma_abi_1(uint64_t features);
uint64_t ecma_abi_1(uint64_t features) {
    (void)features; /* version 1 has none */
    return 0;
}

ECMA_EXPORT("ecma_buffer") void *ecma_buffer(uint32_t least);
void *ecma_buffer(uint32_t least) {
    ecma_reset(&input);
    if (least > ECMA_MAX_MESSAGE || !ecma_room(&input, least > 0 ? least : 1)) return NULL;
    return input.at;
}

/* fail writes the whole reply anew. */
static void fail(const ecma_error *error) {
    ecma_reset(&output);
    ecma_put_object(&output);
    ecma_put_key(&output, "error");
    ecma_put_error(&output, error);
    ecma_put_end_object(&output);
}

static bool invalid(ecma_error *error, const char *what) {
    return ecma_fail(error, ECMA_Code_InvalidMessage, ecma_string(what));
}

static bool answer(uint32_t length, ecma_handler *handler, ecma_error *error) {
    ecma_value request;
    const char *wrong = ecma_check(input.at, length <= input.capacity ? length : 0, &request);
    if (wrong != NULL) return invalid(error, wrong);
    ecma_clear_wrong();
    ecma_put_object(&output);
    ecma_put_key(&output, "result");
    if (!handler(request, &output, error)) return false;
    ecma_put_end_object(&output);
    if (ecma_wrong()) return invalid(error, "a value in the request, or in a host's answer, is of the wrong kind");
    if (output.failure == ECMA_NOT_UTF8) {
        return ecma_fail(error, ECMA_Code_UnexpectedData, ECMA_TEXT("the reply holds text that is not UTF-8; send such bytes as a Binary value"));
    }
    if (output.failure == ECMA_NO_MEMORY || output.length > ECMA_MAX_MESSAGE) {
        return ecma_fail(error, ECMA_Code_UnexpectedData, ECMA_TEXT("the reply is too large"));
    }
    return true;
}

uint64_t ecma_serve(uint32_t length, ecma_handler *handler) {
    static const char hopeless[] = "{\"error\":{\"code\":\"ExtensibleExtension\",\"message\":\"the connector's error cannot be written\"}}";
    ecma_error error = {.code = ECMA_Code_ExtensibleExtension};
    ecma_reset(&output);
    if (!answer(length, handler, &error)) fail(&error);
    const char *at = output.at;
    size_t size = output.length;
    if (output.failure != ECMA_WRITTEN) {
        at = hopeless;
        size = sizeof hopeless - 1;
    }
    return (uint64_t)(uintptr_t)at << 32 | size;
}

/* Host calls */

ecma_writer *ecma_request(void) {
    ecma_reset(&host_request);
    return &host_request;
}

bool ecma_ask(ecma_buffers *b, ecma_error *error) {
    ecma_reset(&host_answer);
    if (!ecma_room(&host_answer, ANSWER_BUFFER) || host_request.failure != ECMA_WRITTEN) {
        return ecma_fail(error, ECMA_Code_UnexpectedData, ECMA_TEXT("a request to the host is not UTF-8, or too large"));
    }
    *b = (ecma_buffers){host_request.at, (uint32_t)host_request.length, host_answer.at, (uint32_t)host_answer.capacity};
    return true;
}

/* refused is what a host function says that returned less than 0: minus a code. One
 * of a later version counts as HostFailure. */
static bool refused(int64_t returned, ecma_error *error, ecma_text message) {
    int code = returned < -INT16_MAX ? 0 : (int)-returned;
    return ecma_fail(error, ecma_name(ecma_Code, code) == NULL ? ECMA_Code_HostFailure : code, message);
}

bool ecma_answered(int64_t returned, ecma_value *result, ecma_error *error) {
    uint32_t id = (uint32_t)(returned >> 32), length = (uint32_t)returned;
    ecma_value message;
    if (returned < 0) return refused(returned, error, ECMA_TEXT("the host refuses the call"));
    if (id != 0) {
        if (!ecma_room(&host_answer, length)) return ecma_fail(error, ECMA_Code_UnexpectedData, ECMA_TEXT("there is no memory for the host's answer"));
        int64_t taken = ecma_host_take(id, host_answer.at, (uint32_t)host_answer.capacity);
        if (taken < 0) return refused(taken, error, ECMA_TEXT("the host did not keep its answer"));
    }
    const char *wrong = ecma_check(host_answer.at, length, &message);
    if (wrong != NULL) return invalid(error, wrong);
    *result = ecma_member(message, "result");
    ecma_value failure = ecma_member(message, "error");
    if ((result->at == NULL) == (failure.at == NULL)) return invalid(error, "a reply has either a result or an error");
    if (failure.at == NULL) return true;
    ecma_get_error(failure, error);
    return false;
}

#endif /* __wasm__ */
