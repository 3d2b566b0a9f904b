/* The password role. See vectors.h. */
#include "vectors.h"

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
