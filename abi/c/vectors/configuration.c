/* Capabilities, parameters, schema and partitions. See vectors.h. */
#include "vectors.h"

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

int type_of(ecma_text name) {
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        if (ecma_is(name, attributes[i].name)) return attributes[i].type;
    }
    return ECMA_AttributeType_String;
}
