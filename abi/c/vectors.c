/*
 * vectors.c: the connector of connectors-wasm/vectors in C. It uses every call,
 * role, attribute type and host function, and has to say the same, byte for byte,
 * as the one in Go (testdata/abi/conversation).
 *
 *     sh abi/c/build vectors.wasm abi/c/vectors.c
 */
#include "ecma.h"

/* Text with everything that JSON writes in a special way, and some that it does not. */
#define ODD "zoë \"z\" <z@hr.example>\\/\b\f\n\r\t\x01\x1f\x7f\xe2\x80\xa8😀"
#define PERSON_1 "CN=u-1,OBJECT=person"

static void put_end(ecma_writer *w, int objects) {
    while (objects-- > 0) ecma_put_end_object(w);
}

static void put_list(ecma_writer *w, const char *key) {
    ecma_put_key(w, key);
    ecma_put_array(w);
}

/* A log entry: log_begin, fields, log_end. */
static ecma_writer *log_begin(const char *level, const char *message) {
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_key(q, "level");
    ecma_put_string(q, level);
    ecma_put_key(q, "message");
    ecma_put_string(q, message);
    put_list(q, "fields");
    return q;
}

static bool log_end(ecma_writer *q, ecma_error *error) {
    ecma_value result;
    ecma_put_end_array(q);
    ecma_put_end_object(q);
    return ecma_log(&result, error);
}

static bool log_one(const char *level, const char *message, const char *field, ecma_text value, ecma_error *error) {
    ecma_writer *q = log_begin(level, message);
    ecma_put_field(q, ecma_string(field), value);
    return log_end(q, error);
}

/* Configuration */

/* Fails as the parameter Fail says; true if it says nothing. */
static bool may_go_on(ecma_value parameters, ecma_error *error) {
    static ecma_writer text;
    bool there, failing;
    ecma_text server = ecma_parameter(parameters, "Server", &there), fail = ecma_parameter(parameters, "Fail", &failing);
    ecma_reset(&text);
    if (!there) {
        *error = (ecma_error){.code = ECMA_Code_NoSuchParameter, .message = ECMA_TEXT("the server's name is missing"), .parameter = ECMA_TEXT("Server")};
        return false;
    }
    if (ecma_is(fail, "every member")) {
        ecma_append_text(&text, ECMA_TEXT("cannot log in at "));
        ecma_append_text(&text, server);
        *error = (ecma_error){
            .code = ECMA_Code_BadServerCredentials, .name = ECMA_TEXT("no-login"), .message = ecma_written(&text), .detail = ECMA_TEXT(ODD),
            .dn = ECMA_TEXT(PERSON_1), .object_type = ECMA_TEXT("person"), .attribute = ECMA_TEXT("näme"), .parameter = ECMA_TEXT("Password"),
            .retryable = true, .retry_after_ms = 1500,
        };
        return false;
    }
    if (ecma_is(fail, "long")) {
        ecma_append(&text, "x", 1);
        for (size_t i = 0; i < ECMA_MAX_ERROR_TEXT; i++) ecma_append_text(&text, ECMA_TEXT("é"));
        *error = (ecma_error){.code = ECMA_Code_ServerDown, .detail = ecma_written(&text)};
        return false;
    }
    if (fail.length == 0) return true;
    ecma_append_text(&text, ECMA_TEXT("cannot reach "));
    ecma_append_text(&text, server);
    return ecma_fail(error, ECMA_Code_ServerDown, ecma_written(&text));
}

ECMA_CALL(GetCapabilities) {
    if (!may_go_on(ecma_member(request, "parameters"), error)) return false;
    ecma_put_object(reply);
    ecma_put_flag(reply, "concurrent_operation", true);
    ecma_put_word(reply, "distinguished_name_style", ecma_MADistinguishedNameStyle, ECMA_MADistinguishedNameStyle_Ldap);
    ecma_put_flag(reply, "object_rename", true);
    ecma_put_flag(reply, "delta_import", true);
    ecma_put_flag(reply, "full_export", true);
    ecma_put_word(reply, "export_type", ecma_MAExportType, ECMA_MAExportType_AttributeUpdate);
    ecma_put_flag(reply, "no_reference_values_in_first_export", true);
    ecma_put_flag(reply, "delete_add_as_replace", true);
    ecma_put_word(reply, "object_confirmation", ecma_MAObjectConfirmation, ECMA_MAObjectConfirmation_NoAddAndDeleteConfirmation);
    put_list(reply, "normalizations");
    ecma_put_string(reply, ecma_name(ecma_MANormalizations, ECMA_MANormalizations_Uppercase));
    ecma_put_string(reply, ecma_name(ecma_MANormalizations, ECMA_MANormalizations_RemoveAccents));
    ecma_put_end_array(reply);
    ecma_put_flag(reply, "support_import", true);
    ecma_put_flag(reply, "support_export", true);
    ecma_put_flag(reply, "support_partitions", true);
    ecma_put_flag(reply, "support_password", true);
    ecma_put_flag(reply, "support_full_object", true);
    ecma_put_number(reply, "import_default_page_size", 100);
    ecma_put_number(reply, "import_max_page_size", 10000);
    ecma_put_number(reply, "export_default_page_size", 1);
    ecma_put_number(reply, "export_max_page_size", 100);
    ecma_put_word(reply, "connection_security_level", ecma_ConnectionSecurityLevel, ECMA_ConnectionSecurityLevel_Secure);
    ecma_put_end_object(reply);
    return true;
}

static void put_definition(ecma_writer *w, const char *name, int type, ecma_text text, const char *validation, const char *standard) {
    ecma_put_object(w);
    ecma_put_member(w, "name", ecma_string(name));
    ecma_put_key(w, "type");
    ecma_put_string(w, ecma_name(ecma_ConfigParameterType, type));
    ecma_put_member(w, "text", text);
    ecma_put_member(w, "validation", ecma_string(validation));
    ecma_put_member(w, "default", ecma_string(standard));
}

static void put_definition_of(ecma_writer *w, const char *name, int type) {
    put_definition(w, name, type, ECMA_TEXT(""), "", "");
    ecma_put_end_object(w);
}

static void put_connectivity(ecma_writer *w) {
    put_definition(w, "Server", ECMA_ConfigParameterType_String, ECMA_TEXT("host name"), "^[a-zë.\\d]+$", "hr.example");
    ecma_put_end_object(w);
    put_definition_of(w, "Password", ECMA_ConfigParameterType_EncryptedString);
    put_definition_of(w, "", ECMA_ConfigParameterType_Divider);
    put_definition(w, "", ECMA_ConfigParameterType_Label, ECMA_TEXT(ODD), "", "");
    ecma_put_end_object(w);
    put_definition_of(w, "Note", ECMA_ConfigParameterType_Text);
    put_definition(w, "Trace", ECMA_ConfigParameterType_CheckBox, ECMA_TEXT(""), "", "1");
    ecma_put_end_object(w);
    put_definition_of(w, "Zertifikat für alle", ECMA_ConfigParameterType_File);
}

static void put_partition_page(ecma_writer *w, ecma_value partition) {
    static ecma_writer text;
    ecma_reset(&text);
    ecma_append_text(&text, ecma_text_member(partition, "name"));
    ecma_append_text(&text, ECMA_TEXT(" is "));
    ecma_append_text(&text, ecma_text_member(partition, "dn"));
    if (ecma_true(ecma_member(partition, "hidden"))) ecma_append_text(&text, ECMA_TEXT(", hidden"));
    put_definition(w, "", ECMA_ConfigParameterType_Label, ecma_written(&text), "", "");
    ecma_put_end_object(w);
}

static void put_schema_page(ecma_writer *w) {
    put_definition(w, "Kind", ECMA_ConfigParameterType_DropDown, ECMA_TEXT(""), "", "");
    put_list(w, "choices");
    ecma_put_string(w, "staff");
    ecma_put_string(w, "guests, \"too\"");
    ecma_put_string(w, "");
    ecma_put_end_array(w);
    ecma_put_flag(w, "extensible", true);
    ecma_put_end_object(w);
}

ECMA_CALL(GetConfigParameters) {
    (void)error;
    int page = ecma_number(ecma_ConfigParameterPage, ecma_text_member(request, "page"));
    bool schema = page == ECMA_ConfigParameterPage_Schema && ecma_int(ecma_member(request, "page_number")) == 1;
    ecma_put_object(reply);
    if (page == ECMA_ConfigParameterPage_Connectivity || page == ECMA_ConfigParameterPage_Partition || schema) {
        put_list(reply, "definitions");
        if (page == ECMA_ConfigParameterPage_Connectivity) put_connectivity(reply);
        if (page == ECMA_ConfigParameterPage_Partition) put_partition_page(reply, ecma_member(request, "partition"));
        if (schema) put_schema_page(reply);
        ecma_put_end_array(reply);
    }
    ecma_put_end_object(reply);
    return true;
}

ECMA_CALL(ValidateConfigParameters) {
    (void)error;
    bool there;
    ecma_text server = ecma_parameter(ecma_member(request, "parameters"), "Server", &there);
    ecma_put_object(reply);
    if (ecma_is(ecma_text_member(request, "page"), "Connectivity") && server.length == 0) {
        ecma_put_word(reply, "code", ecma_ParameterValidationResultCode, ECMA_ParameterValidationResultCode_Failure);
        ecma_put_member(reply, "error_message", ECMA_TEXT("the server's name is missing"));
        ecma_put_member(reply, "error_parameter", ECMA_TEXT("Server"));
    }
    ecma_put_end_object(reply);
    return true;
}

/* The attributes of a person: the connector knows the types of its own. */
enum { ANCHOR = 1, MULTI = 2, HIDDEN = 4, SENSITIVE = 8 };
static const struct attribute {
    const char *name;
    int type, flags, operation;
} attributes[] = {
    {"id", ECMA_AttributeType_String, ANCHOR, ECMA_AttributeOperation_ImportOnly},
    {"näme", ECMA_AttributeType_String, 0, 0},
    {"number", ECMA_AttributeType_Integer, 0, 0},
    {"active", ECMA_AttributeType_Boolean, 0, 0},
    {"photo", ECMA_AttributeType_Binary, HIDDEN, 0},
    {"manager", ECMA_AttributeType_Reference, 0, 0},
    {"tags", ECMA_AttributeType_String, MULTI, 0},
    {"numbers", ECMA_AttributeType_Integer, MULTI, 0},
    {"pin", ECMA_AttributeType_String, SENSITIVE, ECMA_AttributeOperation_ExportOnly},
};
#define ATTRIBUTES (sizeof attributes / sizeof attributes[0])

static void put_attributes(ecma_writer *w, size_t count) {
    put_list(w, "attributes");
    for (size_t i = 0; i < count; i++) {
        const struct attribute *a = &attributes[i];
        ecma_put_object(w);
        ecma_put_member(w, "name", ecma_string(a->name));
        ecma_put_key(w, "type");
        ecma_put_string(w, ecma_name(ecma_AttributeType, a->type));
        ecma_put_flag(w, "multi_valued", a->flags & MULTI);
        ecma_put_flag(w, "anchor", a->flags & ANCHOR);
        ecma_put_word(w, "operation", ecma_AttributeOperation, a->operation);
        ecma_put_flag(w, "hidden", a->flags & HIDDEN);
        ecma_put_flag(w, "sensitive", a->flags & SENSITIVE);
        ecma_put_end_object(w);
    }
    ecma_put_end_array(w);
}

ECMA_CALL(GetSchema) {
    bool there;
    ecma_text server = ecma_parameter(ecma_member(request, "parameters"), "Server", &there);
    if (!log_one("info", "the schema was asked for", "server", server, error)) return false;
    ecma_put_object(reply);
    put_list(reply, "types");
    ecma_put_object(reply);
    ecma_put_member(reply, "name", ECMA_TEXT("person"));
    ecma_put_flag(reply, "locked", true);
    put_attributes(reply, ATTRIBUTES);
    put_list(reply, "possible_dn_components");
    ecma_put_string(reply, "ou");
    ecma_put_string(reply, "cn");
    ecma_put_end_array(reply);
    ecma_put_end_object(reply);
    ecma_put_object(reply);
    ecma_put_member(reply, "name", ECMA_TEXT("group"));
    put_attributes(reply, 1);
    ecma_put_end_object(reply);
    ecma_put_end_array(reply);
    ecma_put_end_object(reply);
    return true;
}

static void put_partition(ecma_writer *w, const char *id, const char *dn, ecma_text name, bool hidden) {
    ecma_put_object(w);
    ecma_put_member(w, "id", ecma_string(id));
    ecma_put_member(w, "dn", ecma_string(dn));
    ecma_put_member(w, "name", name);
    ecma_put_flag(w, "hidden", hidden);
    ecma_put_end_object(w);
}

ECMA_CALL(GetPartitions) {
    (void)error;
    bool there;
    ecma_put_object(reply);
    put_list(reply, "partitions");
    put_partition(reply, "00000000-0000-0000-0000-000000000000", "default", ECMA_TEXT("default"), false);
    put_partition(reply, "8f2c7bb6-7d4e-4f5f-9d0a-0d6a3f6d1c11", "dc=hr,dc=example", ecma_parameter(ecma_member(request, "parameters"), "Server", &there), true);
    ecma_put_end_array(reply);
    ecma_put_end_object(reply);
    return true;
}

/* Import */

static struct {
    int kind, asked;
    ecma_writer opened; /* the watermark the run began with */
} import;

/* What the source returned, and how much of it is out: a page is cut where the
 * request says. Entries are kept as JSON, each ended by a line feed, which JSON
 * never holds unescaped. */
static struct {
    ecma_writer entries, custom_data;
    size_t next;
    bool asked, more;
} pages;

static bool put_custom_data(ecma_writer *reply, ecma_text custom_data) {
    ecma_put_object(reply);
    ecma_put_member(reply, "custom_data", custom_data);
    ecma_put_end_object(reply);
    return true;
}

static bool append_clock(ecma_writer *w, ecma_error *error) {
    ecma_value result;
    int64_t nanoseconds;
    ecma_put_raw(ecma_request(), "{}", 2);
    if (!ecma_clock(&result, error)) return false;
    if (!ecma_integer(ecma_text_member(result, "unix_nanos"), &nanoseconds)) return ecma_fail(error, ECMA_Code_UnexpectedData, ECMA_TEXT("no time"));
    ecma_append_int(w, nanoseconds);
    return true;
}

static bool append_nonce(ecma_writer *w, ecma_error *error) {
    static const char hex[] = "0123456789abcdef";
    ecma_value result;
    char bytes[4];
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_number(q, "bytes", 4);
    ecma_put_end_object(q);
    if (!ecma_random(&result, error)) return false;
    ptrdiff_t n = ecma_base64(ecma_text_member(result, "value"), bytes, sizeof bytes);
    for (ptrdiff_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        ecma_append(w, &hex[c >> 4], 1);
        ecma_append(w, &hex[c & 15], 1);
    }
    return true;
}

static ecma_writer *state_request(const char *key) {
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_member(q, "key", ecma_string(key));
    return q;
}

static bool append_seen(ecma_writer *w, ecma_error *error) {
    ecma_value result;
    ecma_put_end_object(state_request("seen"));
    if (ecma_state_get(&result, error)) {
        ecma_append_base64(w, ecma_text_member(result, "value"));
        return true;
    }
    ecma_append_text(w, ECMA_TEXT("never"));
    return error->code == ECMA_Code_NotFound;
}

ECMA_CALL(OpenImportConnection) {
    ecma_text type = ecma_text_member(request, "import_type"), since = ecma_text_member(request, "custom_data");
    static ecma_writer number, types;
    ecma_value item;
    import.kind = ecma_number(ecma_OperationType, type);
    if (import.kind == ECMA_OperationType_Delta && since.length == 0) {
        return ecma_fail(error, ECMA_Code_WarningNoWatermark, ECMA_TEXT("a delta import needs a watermark"));
    }
    ecma_reset(&number);
    ecma_append_int(&number, ecma_int(ecma_member(request, "page_size")));
    ecma_reset(&types);
    for (ecma_cursor c = ecma_items(ecma_member(ecma_member(request, "schema"), "types")); ecma_next(&c, &item);) {
        if (types.length > 0) ecma_append(&types, ",", 1);
        ecma_append_text(&types, ecma_text_member(item, "name"));
    }
    ecma_writer *q = log_begin("debug", "open import");
    ecma_put_field(q, ECMA_TEXT("type"), type);
    ecma_put_field(q, ECMA_TEXT("page_size"), ecma_written(&number));
    ecma_put_field(q, ECMA_TEXT("types"), ecma_written(&types));
    ecma_put_field(q, ECMA_TEXT("partition"), ecma_text_member(ecma_member(request, "partition"), "dn"));
    if (!log_end(q, error)) return false;
    ecma_writer *w = &import.opened;
    ecma_reset(w);
    if (import.kind == ECMA_OperationType_Delta) {
        ecma_append_text(w, ECMA_TEXT("since "));
        ecma_append_text(w, since);
        ecma_append(w, ";", 1);
    }
    ecma_append_text(w, ECMA_TEXT("at "));
    if (!append_clock(w, error)) return false;
    ecma_append_text(w, ECMA_TEXT(";nonce "));
    if (!append_nonce(w, error)) return false;
    ecma_append_text(w, ECMA_TEXT(";seen "));
    if (!append_seen(w, error)) return false;
    return put_custom_data(reply, ecma_written(w));
}

/* An entry among the waiting ones: entry_begin, attributes or an error, entry_end. */
static ecma_writer *entry_begin(int change, const char *type, ecma_text dn, const char *new_dn, ecma_text id) {
    ecma_writer *w = &pages.entries;
    w->comma = false;
    ecma_put_object(w);
    if (change != ECMA_ObjectModificationType_Add) ecma_put_word(w, "change", ecma_ObjectModificationType, change);
    ecma_put_member(w, "object_type", ecma_string(type));
    ecma_put_member(w, "dn", dn);
    ecma_put_member(w, "new_dn", ecma_string(new_dn));
    if (id.length > 0) {
        ecma_put_key(w, "anchor");
        ecma_put_object(w);
        ecma_put_member(w, "id", id);
        ecma_put_end_object(w);
    }
    return w;
}

static ecma_writer *entry_attributes(ecma_text id) {
    ecma_writer *w = entry_begin(ECMA_ObjectModificationType_Add, "", ECMA_TEXT(""), "", id);
    ecma_put_key(w, "attributes");
    ecma_put_object(w);
    return w;
}

static void entry_end(ecma_writer *w, int objects) {
    put_end(w, objects);
    ecma_append(w, "\n", 1);
}

static void entry_error(ecma_writer *w, int code, const char *name, ecma_text detail) {
    ecma_put_key(w, "error");
    ecma_put_object(w);
    ecma_put_word(w, "code", ecma_MAImportError, code);
    ecma_put_member(w, "name", ecma_cut(ecma_string(name), ECMA_MAX_ERROR_TEXT));
    ecma_put_member(w, "detail", ecma_cut(detail, ECMA_MAX_ERROR_TEXT));
    entry_end(w, 2);
}

static void add_every_type(void) {
    static const char photo[] = {0, (char)0xff, 0x10, (char)0x80};
    ecma_writer *w = entry_begin(ECMA_ObjectModificationType_Add, "person", ECMA_TEXT(PERSON_1), "", ECMA_TEXT("u-1"));
    ecma_put_key(w, "attributes");
    ecma_put_object(w);
    ecma_put_member(w, "näme", ECMA_TEXT(ODD));
    ecma_put_key(w, "number");
    ecma_put_integer(w, INT64_MIN);
    ecma_put_flag(w, "active", true);
    ecma_put_key(w, "photo");
    ecma_put_base64(w, photo, sizeof photo);
    ecma_put_member(w, "manager", ECMA_TEXT("CN=u-2,OBJECT=person"));
    put_list(w, "tags");
    ecma_put_string(w, "a");
    ecma_put_string(w, "");
    ecma_put_end_array(w);
    put_list(w, "numbers");
    ecma_put_integer(w, 0);
    ecma_put_integer(w, -1);
    ecma_put_integer(w, INT64_MAX);
    ecma_put_end_array(w);
    entry_end(w, 2);
}

/* Every way in which an object and an attribute change. */
static void add_changes(void) {
    ecma_writer *w = entry_begin(ECMA_ObjectModificationType_Update, "person", ECMA_TEXT(PERSON_1), "CN=u-9,OBJECT=person", ECMA_TEXT("u-1"));
    static const char values[] = "{\"näme\":{\"replace\":\"Zoë\"},\"tags\":{\"add\":[\"b\"],\"delete\":[\"a\"]},"
                                 "\"numbers\":{\"delete\":[\"-1\"]},\"number\":null,\"active\":false}";
    ecma_put_key(w, "attributes");
    ecma_put_raw(w, values, sizeof values - 1);
    entry_end(w, 1);
    w = entry_begin(ECMA_ObjectModificationType_Replace, "person", ECMA_TEXT(""), "", ECMA_TEXT("u-2"));
    ecma_put_key(w, "attributes");
    ecma_put_raw(w, "{\"n\xc3\xa4me\":\"\"}", 12);
    entry_end(w, 1);
    w = entry_begin(ECMA_ObjectModificationType_Update, "", ECMA_TEXT(""), "", ECMA_TEXT("u-3"));
    ecma_put_key(w, "attributes");
    ecma_put_object(w);
    ecma_put_key(w, "tags");
    ecma_put_object(w);
    put_list(w, "replace");
    ecma_put_end_array(w);
    ecma_put_end_object(w);
    ecma_put_key(w, "numbers");
    ecma_put_object(w);
    put_list(w, "add");
    ecma_put_integer(w, 7);
    ecma_put_end_array(w);
    entry_end(w, 3);
    entry_end(entry_begin(ECMA_ObjectModificationType_Delete, "", ECMA_TEXT(""), "", ECMA_TEXT("u-4")), 1);
    entry_error(entry_begin(ECMA_ObjectModificationType_Add, "", ECMA_TEXT(""), "", ECMA_TEXT("u-5")),
                ECMA_MAImportError_ImportErrorCustomContinueRun, "bad-row", ECMA_TEXT(ODD));
}

/* The objects wanted, named by anchor, DN or name. */
static void add_full_objects(ecma_value wanted) {
    ecma_value item, value;
    for (ecma_cursor c = ecma_items(wanted); ecma_next(&c, &item);) {
        ecma_entry e = ecma_entry_of(item);
        ecma_cursor names = ecma_values(ecma_change_of(ecma_member(e.attributes, "näme")).values);
        bool named = ecma_next(&names, &value) && ecma_is(ecma_string_of(value), "Zoë");
        if (named || ecma_is(ecma_text_member(e.anchor, "id"), "u-1") || ecma_is(e.dn, PERSON_1)) {
            add_every_type();
            continue;
        }
        ecma_writer *w = entry_begin(ECMA_ObjectModificationType_Add, "", e.dn, "", ECMA_TEXT(""));
        if (e.anchor.at != NULL) {
            ecma_put_key(w, "anchor");
            ecma_put_value(w, e.anchor);
        }
        entry_error(w, ECMA_MAImportError_ImportErrorReadError, "no-such-object", ECMA_TEXT(""));
    }
}

static bool progress(int64_t done, int64_t total, const char *what, ecma_error *error) {
    ecma_value result;
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_key(q, "done");
    ecma_put_int(q, done);
    ecma_put_number(q, "total", total);
    ecma_put_member(q, "what", ecma_string(what));
    ecma_put_end_object(q);
    return ecma_progress(&result, error);
}

/* An HTTP request in the list of requests: http_begin, what it may have, and the
 * end of the object. */
static void http_begin(ecma_writer *q, const char *method, ecma_text path) {
    ecma_put_object(q);
    ecma_put_member(q, "target", ECMA_TEXT("hr"));
    ecma_put_member(q, "method", ecma_string(method));
    ecma_put_member(q, "path", path);
}

static ecma_writer *http_list(void) {
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    put_list(q, "requests");
    return q;
}

/* http_send asks for what http_list was filled with; so many answers must come. */
static bool http_send(ecma_writer *q, ecma_answer *answers, size_t count, ecma_text wrong_count, ecma_error *error) {
    ecma_value result, item;
    ecma_put_end_object(q);
    if (!ecma_http(&result, error)) return false;
    ecma_value list = ecma_member(result, "answers");
    if (ecma_count(list) != count) return ecma_fail(error, ECMA_Code_UnexpectedData, wrong_count);
    for (ecma_cursor c = ecma_items(list); ecma_next(&c, &item);) *answers++ = ecma_answer_of(item);
    return true;
}

/* http_one sends one request. */
static bool http_one(const char *method, ecma_text path, ecma_text body, const char *safety, ecma_text key, ecma_answer *answer, ecma_error *error) {
    ecma_writer *q = http_list();
    http_begin(q, method, path);
    ecma_put_member(q, "body", body);
    ecma_put_member(q, "safety", ecma_string(safety));
    ecma_put_member(q, "idempotency_key", key);
    ecma_put_end_object(q);
    ecma_put_end_array(q);
    return http_send(q, answer, 1, ECMA_TEXT("one answer was expected"), error);
}

/* Entries of lines, an id and a name with a comma between; the last line may lack
 * its end. Returns how many there were. */
static int64_t add_lines(ecma_text body) {
    static ecma_writer plain;
    int64_t count = 0;
    ecma_reset(&plain);
    ecma_append_text(&plain, body);
    for (size_t i = 0, end; i < plain.length; i = end + 1, count++) {
        size_t comma = i;
        while (comma < plain.length && plain.at[comma] != ',' && plain.at[comma] != '\n') comma++;
        for (end = comma; end < plain.length && plain.at[end] != '\n';) end++;
        ecma_writer *w = entry_attributes(ecma_bytes(plain.at + i, comma - i));
        ecma_put_key(w, "näme");
        ecma_put_text(w, comma < end ? ecma_bytes(plain.at + comma + 1, end - comma - 1) : ECMA_TEXT(""));
        entry_end(w, 2);
    }
    return count;
}

/* Three requests side by side, with everything that a request can have. */
static ecma_writer *first_requests(void) {
    ecma_writer *q = http_list();
    http_begin(q, "GET", ECMA_TEXT("/people"));
    put_list(q, "query");
    ecma_put_field(q, ECMA_TEXT("page"), ECMA_TEXT("1"));
    ecma_put_field(q, ECMA_TEXT("q"), ECMA_TEXT("a b&ç"));
    ecma_put_field(q, ECMA_TEXT("all"), ECMA_TEXT(""));
    ecma_put_end_array(q);
    put_list(q, "headers");
    ecma_put_field(q, ECMA_TEXT("Accept"), ECMA_TEXT("text/csv"));
    ecma_put_end_array(q);
    ecma_put_member(q, "safety", ECMA_TEXT("safe"));
    ecma_put_number(q, "timeout_ms", 5000);
    ecma_put_end_object(q);
    http_begin(q, "POST", ECMA_TEXT("/photo"));
    ecma_put_key(q, "body_base64");
    ecma_put_base64(q, "\x00\xff", 2);
    ecma_put_member(q, "safety", ECMA_TEXT("idempotent"));
    ecma_put_member(q, "idempotency_key", ECMA_TEXT("k-1"));
    ecma_put_end_object(q);
    http_begin(q, "POST", ECMA_TEXT("/ghost%20x"));
    ecma_put_member(q, "body", ECMA_TEXT("boo\n"));
    ecma_put_end_object(q);
    ecma_put_end_array(q);
    ecma_put_number(q, "concurrency", 2);
    ecma_put_number(q, "max_bytes", 65536);
    return q;
}

static bool add_first_page(ecma_error *error) {
    static ecma_writer photo;
    ecma_answer answers[3];
    if (!http_send(first_requests(), answers, 3, ECMA_TEXT("three answers were expected"), error)) return false;
    add_every_type();
    int64_t count = 2 + add_lines(answers[0].body);
    ecma_reset(&photo);
    ecma_append_body(&photo, &answers[1]);
    ecma_writer *w = entry_attributes(ECMA_TEXT("u-photo"));
    ecma_put_key(w, "active");
    ecma_put_bool(w, false);
    ecma_put_key(w, "photo");
    ecma_put_base64(w, photo.at, photo.length);
    entry_end(w, 2);
    if (answers[2].failed) {
        count++;
        entry_error(entry_begin(ECMA_ObjectModificationType_Add, "", ECMA_TEXT(""), "", ECMA_TEXT("u-ghost")), ECMA_MAImportError_ImportErrorReadError,
                    ecma_name(ecma_Code, answers[2].error.code), answers[2].error.message);
    }
    ecma_append_text(&pages.custom_data, ECMA_TEXT("page 2"));
    return progress(count, 0, "people", error);
}

static bool add_last_page(ecma_error *error) {
    static ecma_writer body, number;
    ecma_answer answer;
    int64_t lines = 0;
    if (!http_one("GET", ECMA_TEXT("/people"), ECMA_TEXT(""), "safe", ECMA_TEXT(""), &answer, error)) return false;
    ecma_reset(&body);
    ecma_append_body(&body, &answer);
    for (size_t i = 0; i < body.length; i++) lines += body.at[i] == '\n';
    ecma_reset(&number);
    ecma_append_int(&number, answer.status);
    ecma_writer *w = entry_attributes(ECMA_TEXT("u-last"));
    ecma_put_key(w, "number");
    ecma_put_integer(w, lines);
    put_list(w, "tags");
    ecma_put_text(w, ecma_header(&answer, "x-total"));
    ecma_put_text(w, ecma_written(&number));
    ecma_put_end_array(w);
    put_list(w, "numbers");
    ecma_put_integer(w, answer.tries);
    ecma_put_integer(w, (int64_t)body.length);
    ecma_put_end_array(w);
    entry_end(w, 2);
    ecma_append_text(&pages.custom_data, ecma_written(&import.opened));
    return progress(lines, lines, "", error);
}

/* fill asks the source for all it has, when nothing waits. */
static bool fill(ecma_value request, ecma_text custom_data, ecma_error *error) {
    bool more = false;
    ecma_reset(&pages.entries);
    ecma_reset(&pages.custom_data);
    pages.next = 0;
    import.asked++;
    if (import.kind == ECMA_OperationType_FullObject) {
        add_full_objects(ecma_member(request, "full_object_entries"));
    } else if (import.kind == ECMA_OperationType_Delta) {
        more = import.asked == 1;
        ecma_append_text(&pages.custom_data, custom_data);
        ecma_append_text(&pages.custom_data, more ? ECMA_TEXT(";empty") : ECMA_TEXT(";done"));
        if (!more) add_changes();
    } else {
        more = import.asked == 1;
        if (!(more ? add_first_page(error) : add_last_page(error))) {
            ecma_reset(&pages.entries);
            return false;
        }
    }
    pages.asked = true;
    pages.more = more;
    return true;
}

/* Room for what surrounds the entries in a reply, the watermarks apart. */
#define AROUND_ENTRIES 256

ECMA_CALL(GetImportEntries) {
    ecma_text custom_data = ecma_text_member(request, "custom_data");
    int64_t entries = ecma_int(ecma_member(request, "max_entries")), bytes = ecma_int(ecma_member(request, "max_bytes"));
    if (pages.next == pages.entries.length && (!pages.asked || pages.more) && !fill(request, custom_data, error)) return false;
    if (entries <= 0) entries = 1000;
    if (bytes <= 0 || bytes > ECMA_MAX_PAGE) bytes = ECMA_MAX_PAGE;
    bytes -= AROUND_ENTRIES + (int64_t)ecma_size(custom_data) + (int64_t)pages.custom_data.length;
    ecma_put_object(reply);
    put_list(reply, "entries");
    for (int64_t count = 0; pages.next < pages.entries.length && count < entries; count++) {
        const char *entry = pages.entries.at + pages.next;
        size_t length = 0;
        while (entry[length] != '\n') length++;
        if (count > 0 && (int64_t)(reply->length + 1 + length) > bytes) break;
        ecma_put_raw(reply, entry, length);
        pages.next += length + 1;
    }
    ecma_put_end_array(reply);
    bool waiting = pages.next < pages.entries.length;
    ecma_put_member(reply, "custom_data", waiting ? custom_data : ecma_written(&pages.custom_data));
    ecma_put_flag(reply, "more_to_import", waiting || pages.more);
    ecma_put_end_object(reply);
    return true;
}

ECMA_CALL(CloseImportConnection) {
    static ecma_writer seen;
    ecma_text reason = ecma_text_member(request, "reason"), custom_data = ecma_text_member(request, "custom_data");
    ecma_value result;
    if (!ecma_is(reason, "Normal")) {
        if (!log_one("warn", "the import ended early", "reason", reason, error)) return false;
        return put_custom_data(reply, ECMA_TEXT(""));
    }
    ecma_reset(&seen);
    ecma_append_text(&seen, custom_data);
    ecma_writer *q = state_request("seen");
    if (seen.length > 0) {
        ecma_put_key(q, "value");
        ecma_put_base64(q, seen.at, seen.length);
    }
    ecma_put_end_object(q);
    if (!ecma_state_put(&result, error)) return false;
    ecma_put_end_object(state_request("tmp"));
    if (!ecma_state_delete(&result, error)) return false;
    return put_custom_data(reply, custom_data);
}

/* Export */

static bool put_nothing(ecma_writer *reply) {
    ecma_put_object(reply);
    ecma_put_end_object(reply);
    return true;
}

ECMA_CALL(OpenExportConnection) {
    static ecma_writer number;
    ecma_reset(&number);
    ecma_append_int(&number, ecma_int(ecma_member(request, "batch_size")));
    return log_one("info", "open export", "batch_size", ecma_written(&number), error) && put_nothing(reply);
}

static int type_of(ecma_text name) {
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        if (ecma_is(name, attributes[i].name)) return attributes[i].type;
    }
    return ECMA_AttributeType_String;
}

/* The values in another shape: Integers as JSON numbers, Binary as its length. */
static void put_values(ecma_writer *w, const char *key, ecma_value values, int type) {
    static ecma_writer binary;
    ecma_value v;
    int64_t n = 0;
    put_list(w, key);
    for (ecma_cursor c = ecma_values(values); ecma_next(&c, &v);) {
        switch (type) {
        case ECMA_AttributeType_Integer:
            ecma_integer(ecma_string_of(v), &n);
            ecma_put_int(w, n);
            break;
        case ECMA_AttributeType_Boolean: ecma_put_bool(w, ecma_true(v)); break;
        case ECMA_AttributeType_Binary:
            ecma_reset(&binary);
            ecma_append_base64(&binary, ecma_string_of(v));
            ecma_put_int(w, (int64_t)binary.length);
            break;
        default: ecma_put_text(w, ecma_string_of(v));
        }
    }
    ecma_put_end_array(w);
}

static void put_body(ecma_writer *w, const ecma_entry *e) {
    ecma_text name;
    ecma_value value;
    ecma_reset(w);
    ecma_put_object(w);
    ecma_put_member(w, "type", e->object_type);
    ecma_put_member(w, "dn", e->dn);
    ecma_put_member(w, "new_dn", e->new_dn);
    put_list(w, "changes");
    for (ecma_cursor c = ecma_members(e->attributes); ecma_next_member(&c, &name, &value);) {
        ecma_change change = ecma_change_of(value);
        ecma_put_object(w);
        ecma_put_key(w, ecma_name(ecma_AttributeModificationType, change.how));
        ecma_put_text(w, name);
        if (change.how != ECMA_AttributeModificationType_Delete) put_values(w, "values", change.values, type_of(name));
        if (change.deletes.at != NULL) put_values(w, "deletes", change.deletes, type_of(name));
        ecma_put_end_object(w);
    }
    ecma_put_end_array(w);
    ecma_put_end_object(w);
}

/* The outcome of one entry. The texts may be parts of a host's answer. */
typedef struct outcome {
    int code;
    ecma_text name, detail, anchor;
    bool retryable;
    int64_t retry_after_ms;
} outcome;

static outcome outcome_of(const ecma_answer *answer) {
    static ecma_writer text;
    outcome o = {.code = ECMA_MAExportError_Success};
    ecma_text location = ecma_header(answer, "Location");
    ecma_reset(&text);
    if (answer->failed) {
        const ecma_error *e = &answer->error;
        return (outcome){ECMA_MAExportError_ExportErrorCustomContinueRun, ecma_string(ecma_name(ecma_Code, e->code)), e->message, ECMA_TEXT(""), e->retryable, e->retry_after_ms};
    }
    switch (answer->status) {
    case 200:
    case 204: break;
    case 201:
        ecma_append_text(&text, location);
        if (text.length > 8) o.anchor = ecma_bytes(text.at + 8, text.length - 8); /* behind /people/ */
        break;
    case 404: o = (outcome){.code = ECMA_MAExportError_ExportErrorConnectedDirectoryMissingObject, .name = ECMA_TEXT("gone")}; break;
    case 409: o = (outcome){.code = ECMA_MAExportError_ExportErrorConnectedDirectoryExistingObject, .name = ECMA_TEXT("exists"), .detail = answer->body}; break;
    case 429:
        o = (outcome){.code = ECMA_MAExportError_ExportErrorConnectedDirectoryError, .name = ECMA_TEXT("busy"), .retryable = true};
        ecma_integer(ecma_header(answer, "Retry-After"), &o.retry_after_ms);
        o.retry_after_ms *= 1000;
        break;
    default:
        ecma_append_int(&text, answer->status);
        o = (outcome){.code = ECMA_MAExportError_ExportErrorConnectedDirectoryError, .name = ecma_written(&text), .detail = answer->body};
    }
    return o;
}

static void put_outcome(ecma_writer *w, ecma_text id, const outcome *o) {
    ecma_reset(w);
    ecma_put_object(w);
    ecma_put_key(w, "id");
    ecma_put_text(w, id);
    ecma_put_word(w, "code", ecma_MAExportError, o->code);
    ecma_put_member(w, "name", ecma_cut(o->name, ECMA_MAX_ERROR_TEXT));
    ecma_put_member(w, "detail", ecma_cut(o->detail, ECMA_MAX_ERROR_TEXT));
    if (o->anchor.length > 0) {
        ecma_put_key(w, "anchor");
        ecma_put_object(w);
        ecma_put_member(w, "id", o->anchor);
        ecma_put_end_object(w);
    }
    ecma_put_flag(w, "retryable", o->retryable);
    ecma_put_number(w, "retry_after_ms", o->retry_after_ms);
    ecma_put_end_object(w);
}

/* put carries out one change and reports it as done. The result is in w, which
 * outlives the host's answers. */
static bool put(const ecma_entry *e, ecma_writer *w, bool *worth_saying, ecma_error *error) {
    static ecma_writer path, body;
    const char *method = "PATCH", *safety = "";
    ecma_answer answer;
    ecma_value result;
    outcome o;
    ecma_reset(&path);
    ecma_append_text(&path, ECMA_TEXT("/people"));
    if (e->change != ECMA_ObjectModificationType_Add) {
        ecma_append(&path, "/", 1);
        ecma_append_text(&path, ecma_text_member(e->anchor, "id"));
    }
    switch (e->change) {
    case ECMA_ObjectModificationType_Add: method = "POST"; break;
    case ECMA_ObjectModificationType_Replace: method = "PUT", safety = "idempotent"; break;
    case ECMA_ObjectModificationType_Delete: method = "DELETE", safety = "idempotent"; break;
    }
    put_body(&body, e);
    if (e->change == ECMA_ObjectModificationType_Delete) ecma_reset(&body);
    if (http_one(method, ecma_written(&path), ecma_written(&body), safety, e->id, &answer, error)) {
        o = outcome_of(&answer);
    } else if (error->code == ECMA_Code_Denied) {
        o = (outcome){.code = ECMA_MAExportError_ExportErrorPermissionIssue, .name = error->rule, .detail = error->message};
    } else {
        return false;
    }
    put_outcome(w, e->id, &o);
    *worth_saying = o.code != ECMA_MAExportError_Success || o.anchor.length > 0;
    ecma_put_raw(ecma_request(), w->at, w->length);
    return ecma_export_result(&result, error);
}

ECMA_CALL(PutExportEntries) {
    static ecma_writer result;
    ecma_value item;
    bool any = false, worth_saying;
    ecma_put_object(reply);
    for (ecma_cursor c = ecma_items(ecma_member(request, "entries")); ecma_next(&c, &item);) {
        ecma_entry e = ecma_entry_of(item);
        if (ecma_wrong()) return true; /* before anything is changed; ecma_serve says so */
        if (!put(&e, &result, &worth_saying, error)) return false;
        if (!worth_saying) continue;
        if (!any) put_list(reply, "results");
        any = true;
        ecma_put_raw(reply, result.at, result.length);
    }
    if (any) ecma_put_end_array(reply);
    ecma_put_end_object(reply);
    return true;
}

ECMA_CALL(CloseExportConnection) {
    static ecma_writer text;
    if (log_one("error", "close export", "reason", ecma_text_member(request, "reason"), error)) return put_nothing(reply);
    ecma_reset(&text);
    ecma_append_text(&text, ECMA_TEXT("the log answered "));
    ecma_append_text(&text, ecma_string(ecma_name(ecma_Code, error->code)));
    return ecma_fail(error, ECMA_Code_EndConnection, ecma_written(&text));
}

/* Passwords */

ECMA_CALL(OpenPasswordConnection) {
    (void)request;
    ecma_value result;
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_member(q, "target", ECMA_TEXT("hr-soap"));
    ecma_put_member(q, "operation", ECMA_TEXT("Login"));
    ecma_put_member(q, "body", ECMA_TEXT("{\"user\":\"zoë\"}"));
    ecma_put_member(q, "safety", ECMA_TEXT("safe"));
    ecma_put_end_object(q);
    if (!ecma_soap(&result, error)) return error->code == ECMA_Code_NotOffered && put_nothing(reply);
    ecma_value failure = ecma_member(result, "error");
    if (failure.at != NULL) {
        ecma_get_error(failure, error);
        return false;
    }
    return log_one("debug", "logged in", "as", ecma_text_member(result, "body"), error) && put_nothing(reply);
}

/* The first value of the first member of an object. */
static ecma_text first_of(ecma_value object) {
    ecma_text key;
    ecma_value value;
    ecma_cursor c = ecma_members(object);
    if (!ecma_next_member(&c, &key, &value)) return ECMA_TEXT("");
    ecma_cursor values = ecma_values(ecma_change_of(value).values);
    return ecma_next(&values, &value) ? ecma_string_of(value) : ECMA_TEXT("");
}

static bool send_password(const ecma_entry *e, ecma_text old, ecma_text new, ecma_text options, ecma_error *error) {
    static ecma_writer path, body;
    ecma_answer answer;
    ecma_reset(&path);
    ecma_append_text(&path, ECMA_TEXT("/people/"));
    ecma_append_text(&path, first_of(e->anchor));
    ecma_append_text(&path, ECMA_TEXT("/password"));
    ecma_reset(&body);
    ecma_put_object(&body);
    ecma_put_member(&body, "rdn", e->rdn);
    ecma_put_member(&body, "name", first_of(e->attributes));
    ecma_put_member(&body, "old", old);
    ecma_put_member(&body, "new", new);
    ecma_put_member(&body, "options", options);
    ecma_put_end_object(&body);
    if (!http_one("POST", ecma_written(&path), ecma_written(&body), "", ECMA_TEXT(""), &answer, error)) return false;
    if (answer.failed) {
        *error = answer.error;
        return false;
    }
    if (answer.status == 403) return ecma_fail(error, ECMA_Code_OldPasswordIncorrect, answer.body);
    return answer.status == 204 || ecma_fail(error, ECMA_Code_PasswordIllFormed, answer.body);
}

/* The options, joined by a bar. */
static ecma_text options_of(ecma_value list) {
    static ecma_writer text;
    ecma_value item;
    ecma_reset(&text);
    for (ecma_cursor c = ecma_items(list); ecma_next(&c, &item);) {
        if (text.length > 0) ecma_append(&text, "|", 1);
        ecma_append_text(&text, ecma_string_of(item));
    }
    return text.length > 0 ? ecma_written(&text) : ECMA_TEXT("None");
}

ECMA_CALL(SetPassword) {
    static ecma_writer text;
    ecma_entry e = ecma_entry_of(ecma_member(request, "entry"));
    ecma_text password = ecma_text_member(request, "new_password");
    ecma_value result;
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_member(q, "value", password);
    ecma_put_end_object(q);
    if (ecma_reveal(&result, error)) {
        size_t size = ecma_size(ecma_text_member(result, "value"));
        if (size < 8) {
            ecma_reset(&text);
            ecma_append_text(&text, ECMA_TEXT("the password has "));
            ecma_append_int(&text, (int64_t)size);
            ecma_append_text(&text, ECMA_TEXT(" bytes, 8 are needed"));
            *error = (ecma_error){.code = ECMA_Code_PasswordPolicyViolation, .name = ECMA_TEXT("too-short"), .message = ecma_written(&text),
                                  .dn = e.dn, .object_type = e.object_type, .attribute = ECMA_TEXT("export_password")};
            return false;
        }
    } else if (error->code != ECMA_Code_Denied) {
        return false;
    }
    return send_password(&e, ECMA_TEXT(""), password, options_of(ecma_member(request, "options")), error) && put_nothing(reply);
}

ECMA_CALL(ChangePassword) {
    ecma_entry e = ecma_entry_of(ecma_member(request, "entry"));
    ecma_text old = ecma_text_member(request, "old_password"), new = ecma_text_member(request, "new_password");
    return send_password(&e, old, new, ECMA_TEXT(""), error) && put_nothing(reply);
}

ECMA_CALL(ClosePasswordConnection) {
    (void)request, (void)error;
    return put_nothing(reply);
}
