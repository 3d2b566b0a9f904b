/*
 * ecma.h: the ECMA ABI, version 1, for connectors in C.
 *
 * ABI.md says what travels; this header says how to do it in C99, and whoever
 * binds another language can read it as a worked example: what a binding needs
 * is here, and no more. README.md beside it has the build command.
 *
 * A connector defines its calls with ECMA_CALL, one for each export of its roles,
 * and links the C files beside this header. A call reads its request, may call the host,
 * and writes its result:
 *
 *     ECMA_CALL(GetCapabilities) {
 *         ecma_put_object(reply);
 *         ecma_put_flag(reply, "support_import", true);
 *         ecma_put_end_object(reply);
 *         return true;
 *     }
 *
 * Memory. Four buffers are kept for the life of the instance and only grow: the
 * input buffer (requests), the reply, the host request and the host answer. What
 * is read points into them and is never copied or changed: values of the request
 * are good until the call returns, values of a host's answer until the next host
 * call. Nothing is allocated for a value. With a C library the buffers come from
 * realloc; without one (-ffreestanding) from memory.grow.
 *
 * One call runs at a time and there are no threads. A binding for a language with
 * coroutines must copy a host's answer out before it lets another one run: the
 * answer buffer is shared (ABI.md, section 5).
 */
#ifndef ECMA_H
#define ECMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits. The first four are the ABI's. */
#define ECMA_MAX_MESSAGE (16u << 20) /* bytes of any message */
#define ECMA_MAX_PAGE (8u << 20)     /* bytes of one GetImportEntries reply */
#define ECMA_MAX_ERROR_TEXT 4096u    /* name, message and detail are cut here */
#define ECMA_MAX_LOG_MESSAGE 8192u   /* the message of a log entry is cut here */
/* Arrays and objects inside one another: more is refused, by every binding. */
#define ECMA_MAX_DEPTH 64u
/* This binding's own: keys of all objects that are open at once in a message. The
 * widest entry the ABI allows has 4,000 attributes. */
#ifndef ECMA_MAX_KEYS
#define ECMA_MAX_KEYS 5000u
#endif

/*
 * Enumerations. They travel by name; the numbers are ECMA's, and minus the number
 * of a code is what a host function returns when it has no answer. A member is
 * ECMA_<enumeration>_<member>, such as ECMA_CloseReason_Normal.
 */
#define ECMA_EACH_Code(X, E) \
    X(E, 1, TerminateRun) X(E, 2, DeclineMapping) X(E, 3, UnexpectedData) X(E, 4, EntryPointNotImplemented) \
    X(E, 5, OldPasswordIncorrect) X(E, 6, ObjectNotFound) X(E, 7, ObjectTypeNotSupported) X(E, 8, AccessDenied) \
    X(E, 9, PasswordIllFormed) X(E, 10, PasswordPolicyViolation) X(E, 11, BadServerCredentials) X(E, 12, ServerDown) \
    X(E, 13, FailedConnection) X(E, 14, DroppedConnection) X(E, 15, WarningNoWatermark) X(E, 16, FailedSearch) \
    X(E, 17, PasswordExtension) X(E, 18, EndConnection) X(E, 19, ClosePasswordConnection) X(E, 20, EntryExport) \
    X(E, 21, FatalEntryExport) X(E, 22, ExtensibleExtension) X(E, 23, FunctionEvaluation) X(E, 24, ProvisioningBySyncRule) \
    X(E, 33, NoSuchAttribute) X(E, 34, NoSuchParameter) X(E, 35, NoSuchAttributeInObjectType) \
    X(E, 36, AttributeDoesNotExistOnObject) X(E, 37, AttributeNotInInclusionList) X(E, 38, AttributeNotPresent) \
    X(E, 39, AttributeNotDefinedAsSource) X(E, 40, TooManyValues) X(E, 41, NoSuchClass) X(E, 42, NoSuchObjectType) \
    X(E, 43, NoSuchManagementAgent) X(E, 44, NoSuchObject) X(E, 45, InvalidDN) X(E, 46, ObjectAlreadyExists) \
    X(E, 47, MissingParentObject) X(E, 48, NoCompatiblePartitionFound) \
    X(E, 65, NotOffered) X(E, 66, Denied) X(E, 67, LimitExceeded) X(E, 68, Cancelled) X(E, 69, DeadlineExceeded) \
    X(E, 70, Trap) X(E, 71, InvalidMessage) X(E, 72, ContractViolation) X(E, 73, NotSent) X(E, 74, OutcomeUnknown) \
    X(E, 75, HostFailure) X(E, 76, Closed) X(E, 77, BadPointer) X(E, 78, InvalidModule) X(E, 79, NotFound)

#define ECMA_EACH_MAExportError(X, E) \
    X(E, 0, Success) X(E, 1, ExportActionConvertUpdateToAdd) X(E, 2, ExportActionRetryReferenceAttribute) \
    X(E, 3, ExportActionProvisioningParent) X(E, 4, ExportErrorConnectedDirectoryError) \
    X(E, 5, ExportErrorConnectedDirectoryMissingObject) X(E, 6, ExportErrorConnectedDirectoryExistingObject) \
    X(E, 7, ExportErrorReferenceAttributeFailure) X(E, 8, ExportErrorNonExistingParent) X(E, 9, ExportErrorDuplicateAnchor) \
    X(E, 10, ExportErrorAmbiguousUpdate) X(E, 11, ExportErrorPasswordPolicyViolation) X(E, 12, ExportErrorKerberosTimeSkew) \
    X(E, 13, ExportErrorKerberosNoLogOnServer) X(E, 14, ExportErrorInvalidDN) X(E, 15, ExportErrorConstraintViolation) \
    X(E, 16, ExportErrorSyntaxViolation) X(E, 17, ExportErrorChangeNamingAttribute) X(E, 18, ExportErrorPermissionIssue) \
    X(E, 19, ExportErrorMissingProvisioningAttribute) X(E, 20, ExportErrorInvalidProvisioningAttributeValue) \
    X(E, 21, ExportErrorMissingAnchorComponent) X(E, 22, ExportErrorMultiValuedAnchorComponent) \
    X(E, 23, ExportErrorAnchorTooLong) X(E, 24, ExportErrorInvalidAttributeValue) X(E, 25, ExportErrorCustomStopRun) \
    X(E, 26, ExportErrorCustomContinueRun)

#define ECMA_EACH_MAImportError(X, E) \
    X(E, 0, Success) X(E, 1, ImportErrorMissingDomainName) X(E, 2, ImportErrorDomainNameNotLdapConformant) \
    X(E, 3, ImportErrorInvalidDomainName) X(E, 4, ImportErrorMissingChangeType) X(E, 5, ImportErrorInvalidChangeType) \
    X(E, 6, ImportErrorMultiValuedChangeType) X(E, 7, ImportErrorMissingObjectClass) X(E, 8, ImportErrorMissingObjectType) \
    X(E, 9, ImportErrorParseError) X(E, 10, ImportErrorReadError) X(E, 11, ImportErrorInvalidAttributeValue) \
    X(E, 12, ImportErrorInvalidBase64Value) X(E, 13, ImportErrorInvalidNumericValue) X(E, 14, ImportErrorInvalidBooleanValue) \
    X(E, 15, ImportErrorCustomStopRun) X(E, 16, ImportErrorCustomContinueRun)

#define ECMA_EACH_AttributeType(X, E) \
    X(E, 0, String) X(E, 1, Integer) X(E, 2, Reference) X(E, 3, Binary) X(E, 4, Boolean) X(E, 5, Undefined)
#define ECMA_EACH_AttributeOperation(X, E) X(E, 0, ImportExport) X(E, 1, ExportOnly) X(E, 2, ImportOnly)
#define ECMA_EACH_ObjectModificationType(X, E) \
    X(E, 0, Unconfigured) X(E, 1, None) X(E, 2, Add) X(E, 3, Replace) X(E, 4, Update) X(E, 5, Delete)
#define ECMA_EACH_AttributeModificationType(X, E) \
    X(E, 0, Unconfigured) X(E, 1, Add) X(E, 2, Replace) X(E, 3, Update) X(E, 4, Delete)
#define ECMA_EACH_ValueModificationType(X, E) X(E, 0, Unconfigured) X(E, 1, Add) X(E, 2, Delete)
#define ECMA_EACH_OperationType(X, E) X(E, 0, Full) X(E, 1, FullObject) X(E, 2, Delta)
#define ECMA_EACH_CloseReason(X, E) \
    X(E, 0, Normal) X(E, 1, TerminatedByUser) X(E, 2, TerminatedShuttingDown) X(E, 3, OpenConnectionFailure) X(E, 4, Unknown)
#define ECMA_EACH_ConfigParameterPage(X, E) \
    X(E, 0, Connectivity) X(E, 1, Global) X(E, 2, RunStep) X(E, 3, Partition) X(E, 4, Capabilities) X(E, 5, Schema)
#define ECMA_EACH_ConfigParameterType(X, E) \
    X(E, 0, String) X(E, 1, EncryptedString) X(E, 2, Label) X(E, 3, Text) X(E, 4, DropDown) X(E, 5, CheckBox) \
    X(E, 6, Divider) X(E, 7, File)
#define ECMA_EACH_ParameterValidationResultCode(X, E) X(E, 0, Success) X(E, 1, Failure)
#define ECMA_EACH_PasswordOptions(X, E) /* flags */ \
    X(E, 0, None) X(E, 1, ForceChangeAtLogOn) X(E, 2, UnlockAccount) X(E, 4, ValidatePassword)
#define ECMA_EACH_ConnectionSecurityLevel(X, E) X(E, 0, NotSecure) X(E, 1, Secure)
#define ECMA_EACH_MADistinguishedNameStyle(X, E) X(E, 0, None) X(E, 1, Generic) X(E, 2, Ldap)
#define ECMA_EACH_MANormalizations(X, E) /* flags */ X(E, 0, None) X(E, 1, Uppercase) X(E, 2, RemoveAccents)
#define ECMA_EACH_MAExportType(X, E) \
    X(E, 1, AttributeUpdate) X(E, 2, AttributeReplace) X(E, 3, ObjectReplace) X(E, 5, MultivaluedReferenceAttributeUpdate)
#define ECMA_EACH_MAObjectConfirmation(X, E) \
    X(E, 0, Normal) X(E, 1, NoDeleteConfirmation) X(E, 3, NoAddAndDeleteConfirmation)

/* ecma_word is a member of an enumeration; a list of them ends with a NULL name. */
typedef struct ecma_word {
    int number;
    const char *name;
} ecma_word;

#define ECMA_MEMBER(E, number, name) ECMA_##E##_##name = number,
#define ECMA_ENUMERATION(E) \
    enum { ECMA_EACH_##E(ECMA_MEMBER, E) }; \
    extern const ecma_word ecma_##E[];
ECMA_ENUMERATION(Code)
ECMA_ENUMERATION(MAExportError)
ECMA_ENUMERATION(MAImportError)
ECMA_ENUMERATION(AttributeType)
ECMA_ENUMERATION(AttributeOperation)
ECMA_ENUMERATION(ObjectModificationType)
ECMA_ENUMERATION(AttributeModificationType)
ECMA_ENUMERATION(ValueModificationType)
ECMA_ENUMERATION(OperationType)
ECMA_ENUMERATION(CloseReason)
ECMA_ENUMERATION(ConfigParameterPage)
ECMA_ENUMERATION(ConfigParameterType)
ECMA_ENUMERATION(ParameterValidationResultCode)
ECMA_ENUMERATION(PasswordOptions)
ECMA_ENUMERATION(ConnectionSecurityLevel)
ECMA_ENUMERATION(MADistinguishedNameStyle)
ECMA_ENUMERATION(MANormalizations)
ECMA_ENUMERATION(MAExportType)
ECMA_ENUMERATION(MAObjectConfirmation)

/*
 * Text. It is not ended by a zero byte and may hold one. Text that was read may
 * still have JSON's escapes in it; then escaped is set, and only the functions
 * here make sense of it. They all mean the text without escapes.
 */
typedef struct ecma_text {
    const char *at;
    size_t length;
    bool escaped;
} ecma_text;

#define ECMA_TEXT(literal) ((ecma_text){"" literal, sizeof(literal) - 1, false})
ecma_text ecma_string(const char *zero_ended);
ecma_text ecma_bytes(const char *at, size_t length);

/* ecma_size: how many bytes of UTF-8 the text has. */
size_t ecma_size(ecma_text text);
/* ecma_copy: copies the text, which may be escaped, to where capacity bytes are,
 * and returns its size; one larger than capacity was not copied whole. */
size_t ecma_copy(ecma_text text, char *to, size_t capacity);
bool ecma_is(ecma_text text, const char *zero_ended);
bool ecma_same(ecma_text a, ecma_text b);
/* ecma_cut: cuts a text at so many bytes, between two characters. */
ecma_text ecma_cut(ecma_text text, size_t limit);
/* ecma_integer: reads the one decimal spelling of a 64-bit number: no plus sign,
 * no leading zeros, no minus zero. */
bool ecma_integer(ecma_text text, int64_t *number);
/* ecma_base64: decodes base64 with padding (RFC 4648 section 4), canonical only,
 * and returns how many bytes it is; -1 if it is not, or they do not fit. */
ptrdiff_t ecma_base64(ecma_text text, char *to, size_t capacity);
/* ecma_name, ecma_number: an enumeration's name for a number (NULL for none), and
 * its number for a name (-1 for none). */
const char *ecma_name(const ecma_word *words, int number);
int ecma_number(const ecma_word *words, ecma_text name);

/*
 * Reading. A message is checked whole before anything is read of it: strict JSON
 * in UTF-8, without lone surrogates, duplicate keys, trailing commas, or more than
 * ECMA_MAX_DEPTH levels. ecma_check returns NULL or what is wrong, in a few words.
 *
 * An ecma_value is then a place in the message. It costs nothing and may be
 * copied; one that is not there (at is NULL) reads as empty, false or 0, which is
 * what leaving a member out means. Keys that nobody asks for are passed over, so
 * later versions may add some.
 *
 * A value of another kind than asked for also reads as empty, and ecma_wrong
 * returns true from then on: ecma_serve answers such a request with an error in
 * place of the reply. A call that changes something asks ecma_wrong first.
 */
typedef struct ecma_value {
    const char *at, *end;
} ecma_value;

const char *ecma_check(const char *message, size_t length, ecma_value *value);
bool ecma_wrong(void);
/* ecma_clear_wrong: forgets; for those who read their target's JSON with this. */
void ecma_clear_wrong(void);

bool ecma_null(ecma_value value);
bool ecma_true(ecma_value value);
int64_t ecma_int(ecma_value value); /* a JSON number that is whole */
ecma_text ecma_string_of(ecma_value value);
ecma_value ecma_member(ecma_value object, const char *key);

/* ecma_text_member is ecma_string_of(ecma_member(…)), the commonest of all. */
ecma_text ecma_text_member(ecma_value object, const char *key);

/* A cursor goes through an array or an object once. */
typedef struct ecma_cursor {
    const char *at, *end;
} ecma_cursor;

ecma_cursor ecma_items(ecma_value array);
bool ecma_next(ecma_cursor *cursor, ecma_value *item);
ecma_cursor ecma_members(ecma_value object);
bool ecma_next_member(ecma_cursor *cursor, ecma_text *key, ecma_value *value);
size_t ecma_count(ecma_value array);

/*
 * Writing. A writer writes canonical JSON: no white space, commas of its own
 * accord, one spelling for each string. Members come in the order in which they
 * are written: keep to ABI.md's. The first failure sticks and makes ecma_serve
 * answer with an error. The zero value is ready; its buffer grows and is kept.
 */
enum { ECMA_WRITTEN, ECMA_NOT_UTF8, ECMA_NO_MEMORY };

typedef struct ecma_writer {
    char *at;
    size_t length, capacity;
    bool comma;
    int failure;
} ecma_writer;

void ecma_reset(ecma_writer *w);
void ecma_put_object(ecma_writer *w);
void ecma_put_end_object(ecma_writer *w);
void ecma_put_array(ecma_writer *w);
void ecma_put_end_array(ecma_writer *w);
void ecma_put_key(ecma_writer *w, const char *key);
void ecma_put_key_text(ecma_writer *w, ecma_text key);
void ecma_put_string(ecma_writer *w, const char *zero_ended);
void ecma_put_text(ecma_writer *w, ecma_text text);
void ecma_put_bool(ecma_writer *w, bool value);
void ecma_put_int(ecma_writer *w, int64_t value);
void ecma_put_integer(ecma_writer *w, int64_t value); /* in quotes: an Integer's value */
void ecma_put_base64(ecma_writer *w, const char *data, size_t length);
void ecma_put_null(ecma_writer *w);
void ecma_put_raw(ecma_writer *w, const char *json, size_t length);
/* ecma_put_value writes a value that was read, whatever it is, canonically. */
void ecma_put_value(ecma_writer *w, ecma_value value);

/* Members: these write one, and leave it out when it is empty, 0 or false. */
void ecma_put_member(ecma_writer *w, const char *key, ecma_text text);
void ecma_put_flag(ecma_writer *w, const char *key, bool value);
void ecma_put_number(ecma_writer *w, const char *key, int64_t value);
/* ecma_put_word: an enumeration's member by its name, unless it is the first. */
void ecma_put_word(ecma_writer *w, const char *key, const ecma_word *words, int number);
/* ecma_put_field: a pair of name and value, for queries, headers and log fields. */
void ecma_put_field(ecma_writer *w, ecma_text name, ecma_text value);

/* ecma_append adds bytes as they are: to build a text in a writer of one's own. */
void ecma_append(ecma_writer *w, const char *at, size_t length);
void ecma_append_text(ecma_writer *w, ecma_text text);
void ecma_append_int(ecma_writer *w, int64_t value);
void ecma_append_base64(ecma_writer *w, ecma_text base64); /* the bytes it stands for */
ecma_text ecma_written(const ecma_writer *w);

/* Errors. Only code is needed; the texts are the connector's or the host's. */
typedef struct ecma_error {
    int code;
    ecma_text name, message, detail, dn, object_type, attribute, parameter;
    bool retryable;
    int64_t retry_after_ms;
    ecma_text rule, limit; /* set by hosts: Denied and LimitExceeded */
    int64_t used, allowed;
} ecma_error;

/* ecma_fail fills in an error and returns false, so that a call can return it.
 * ServerDown, FailedConnection, DroppedConnection, NotSent and DeadlineExceeded
 * are retryable. */
bool ecma_fail(ecma_error *error, int code, ecma_text message);
void ecma_get_error(ecma_value value, ecma_error *error);
/* ecma_put_error writes an error that leaves a connector. Only ECMA's codes may:
 * a host's is turned into the nearest, and its name becomes the error's. */
void ecma_put_error(ecma_writer *w, const ecma_error *error);

/* Entries, as they come in PutExportEntries, SetPassword (rdn, no id) and the
 * full_object_entries of GetImportEntries. */
typedef struct ecma_entry {
    ecma_text id, object_type, dn, new_dn, rdn;
    int change; /* ECMA_ObjectModificationType_… */
    ecma_value anchor, attributes;
} ecma_entry;

/* ecma_change is what happens to one attribute. For ecma_items, values and
 * deletes are a list or a single value alike. */
typedef struct ecma_change {
    int how; /* ECMA_AttributeModificationType_… */
    ecma_value values, deletes;
} ecma_change;

ecma_entry ecma_entry_of(ecma_value value);
ecma_change ecma_change_of(ecma_value value);
/* ecma_values goes through a list of values, or through the one. */
ecma_cursor ecma_values(ecma_value value);

/* ecma_parameter: a parameter's value, and whether there is such a parameter. */
ecma_text ecma_parameter(ecma_value parameters, const char *name, bool *there);

/* One answer of http. The body is text, or base64 if it is no UTF-8. */
typedef struct ecma_answer {
    int64_t status, tries;
    ecma_value headers;
    ecma_text body, body_base64;
    bool failed; /* there is an error in place of a status */
    ecma_error error;
} ecma_answer;

ecma_answer ecma_answer_of(ecma_value value);
/* ecma_append_body: adds the body's bytes, whichever way they came. */
void ecma_append_body(ecma_writer *w, const ecma_answer *answer);
/* ecma_header: the value of the first header of that name, compared without case. */
ecma_text ecma_header(const ecma_answer *answer, const char *name);

/*
 * Calls. ECMA_CALL(Name) { … } defines the export Name. Its body sees
 *
 *     ecma_value request    the request, checked
 *     ecma_writer *reply    where the result goes, exactly one value
 *     ecma_error *error     what to fill in before returning false
 *
 * and returns true when the result is written. The reply around it, the version
 * exchange (ecma_abi_1) and the input buffer (ecma_buffer) are ecma.c's.
 */
typedef bool ecma_handler(ecma_value request, ecma_writer *reply, ecma_error *error);
uint64_t ecma_serve(uint32_t length, ecma_handler *handler);

#ifdef __wasm__

#define ECMA_EXPORT(name) __attribute__((export_name(name)))
#define ECMA_CALL(Name) \
    static ecma_handler ecma_call_##Name; \
    ECMA_EXPORT(#Name) uint64_t ecma_export_##Name(uint32_t length); \
    uint64_t ecma_export_##Name(uint32_t length) { return ecma_serve(length, ecma_call_##Name); } \
    static bool ecma_call_##Name(ecma_value request, ecma_writer *reply, ecma_error *error)

/*
 * Host calls. Write the request into the writer that ecma_request returns, then
 * call the function; it returns false and fills in the error if the host failed
 * or said no, and otherwise the result is good until the next host call:
 *
 *     ecma_writer *q = ecma_request();
 *     ecma_put_object(q);
 *     ecma_put_number(q, "bytes", 16);
 *     ecma_put_end_object(q);
 *     ecma_value result;
 *     if (!ecma_random(&result, error)) return false;
 *
 * An answer that does not fit the buffer is fetched with take, unseen. No host
 * function may be called in a constructor: that is before the first call.
 */
ecma_writer *ecma_request(void);
/* What one host function is given, and what becomes of its return value. */
typedef struct ecma_buffers {
    const void *request;
    uint32_t length;
    void *buffer;
    uint32_t capacity;
} ecma_buffers;
bool ecma_ask(ecma_buffers *buffers, ecma_error *error);
bool ecma_answered(int64_t returned, ecma_value *result, ecma_error *error);

#define ECMA_IMPORT(name) __attribute__((import_module("ecma_host_v1"), import_name(name)))
#define ECMA_HOST_FUNCTION(name) \
    ECMA_IMPORT(#name) int64_t ecma_host_##name(const void *request, uint32_t length, void *buffer, uint32_t capacity); \
    static inline bool ecma_##name(ecma_value *result, ecma_error *error) { \
        ecma_buffers b; \
        if (!ecma_ask(&b, error)) return false; \
        return ecma_answered(ecma_host_##name(b.request, b.length, b.buffer, b.capacity), result, error); \
    }
ECMA_HOST_FUNCTION(http)
ECMA_HOST_FUNCTION(soap)
ECMA_HOST_FUNCTION(log)
ECMA_HOST_FUNCTION(clock)
ECMA_HOST_FUNCTION(random)
ECMA_HOST_FUNCTION(state_get)
ECMA_HOST_FUNCTION(state_put)
ECMA_HOST_FUNCTION(state_delete)
ECMA_HOST_FUNCTION(progress)
ECMA_HOST_FUNCTION(export_result)
ECMA_HOST_FUNCTION(reveal)
ECMA_IMPORT("take") int64_t ecma_host_take(uint32_t id, void *buffer, uint32_t capacity);

/* ECMA_MANIFEST puts the manifest of ABI.md section 1, written as plain JSON, into
 * the module: ECMA_MANIFEST({"name":"hr","version":"1.2.0","roles":["import"]}).
 * The two steps make a string, and a string of that for the assembler. */
#define ECMA_MANIFEST(...) ECMA_MANIFEST_TEXT(#__VA_ARGS__)
#define ECMA_MANIFEST_TEXT(text) \
    __asm__(".section .custom_section.ecma.manifest,\"\",@\n.ascii " #text "\n")

#endif /* __wasm__ */
#endif /* ECMA_H */
