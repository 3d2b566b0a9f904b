/* The export role. See vectors.h. */
#include "vectors.h"

ECMA_CALL(OpenExportConnection) {
    static ecma_writer number;
    ecma_reset(&number);
    ecma_append_int(&number, ecma_int(ecma_member(request, "batch_size")));
    return log_one("info", "open export", "batch_size", ecma_written(&number), error) && put_nothing(reply);
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
