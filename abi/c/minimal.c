/*
 * minimal.c: the least a connector in C can be. It reads the users of an
 * application and writes nothing. Copy it.
 *
 *     sh abi/c/build minimal.wasm abi/c/minimal.c
 */
#include "ecma.h"

ECMA_MANIFEST({"name":"minimal","version":"1.0.0","roles":["import"],"targets":[{"name":"app","methods":["GET"],"paths":["/users.csv"]}]});

ECMA_CALL(GetCapabilities) {
    (void)request, (void)error;
    ecma_put_object(reply);
    ecma_put_flag(reply, "support_import", true);
    ecma_put_end_object(reply);
    return true;
}

/* An empty object: no parameters, every page right, no watermark. */
static bool nothing(ecma_writer *reply) {
    ecma_put_object(reply);
    ecma_put_end_object(reply);
    return true;
}

ECMA_CALL(GetConfigParameters) { return (void)request, (void)error, nothing(reply); }
ECMA_CALL(ValidateConfigParameters) { return (void)request, (void)error, nothing(reply); }
ECMA_CALL(OpenImportConnection) { return (void)request, (void)error, nothing(reply); }
ECMA_CALL(CloseImportConnection) { return (void)request, (void)error, nothing(reply); }

ECMA_CALL(GetSchema) {
    static const char schema[] = "{\"types\":[{\"name\":\"user\",\"attributes\":["
                                 "{\"name\":\"login\",\"type\":\"String\",\"anchor\":true},{\"name\":\"name\",\"type\":\"String\"}]}]}";
    (void)request, (void)error;
    ecma_put_raw(reply, schema, sizeof schema - 1);
    return true;
}

/* An entry of a line: login and name with a comma between. */
static void put_entry(ecma_writer *reply, const char *line, size_t length) {
    size_t comma = 0;
    while (comma < length && line[comma] != ',') comma++;
    ecma_put_object(reply);
    ecma_put_key(reply, "anchor");
    ecma_put_object(reply);
    ecma_put_key(reply, "login");
    ecma_put_text(reply, ecma_bytes(line, comma));
    ecma_put_end_object(reply);
    ecma_put_key(reply, "attributes");
    ecma_put_object(reply);
    ecma_put_key(reply, "name");
    ecma_put_text(reply, comma < length ? ecma_bytes(line + comma + 1, length - comma - 1) : ECMA_TEXT(""));
    ecma_put_end_object(reply);
    ecma_put_end_object(reply);
}

static int code_of(int64_t status) {
    if (status == 401) return ECMA_Code_BadServerCredentials;
    if (status == 403) return ECMA_Code_AccessDenied;
    if (status == 404) return ECMA_Code_ObjectNotFound;
    return status >= 500 ? ECMA_Code_ServerDown : ECMA_Code_UnexpectedData;
}

/* All on one page: an application with more than a few thousand users wants to be
 * asked page by page, within the request's max_entries and max_bytes. */
ECMA_CALL(GetImportEntries) {
    static const char list[] = "{\"requests\":[{\"target\":\"app\",\"method\":\"GET\",\"path\":\"/users.csv\",\"safety\":\"safe\"}]}";
    static ecma_writer body;
    ecma_value result, item;
    (void)request;
    ecma_put_raw(ecma_request(), list, sizeof list - 1);
    if (!ecma_http(&result, error)) return false;
    ecma_cursor answers = ecma_items(ecma_member(result, "answers"));
    if (!ecma_next(&answers, &item)) return ecma_fail(error, ECMA_Code_UnexpectedData, ECMA_TEXT("GET /users.csv: no answer"));
    ecma_answer answer = ecma_answer_of(item);
    if (answer.failed) { /* as it is: a denial is not a server that is down */
        *error = answer.error;
        return false;
    }
    if (answer.status != 200) return ecma_fail(error, code_of(answer.status), ECMA_TEXT("the list of users cannot be read"));
    ecma_reset(&body);
    ecma_append_text(&body, answer.body);
    ecma_put_object(reply);
    ecma_put_key(reply, "entries");
    ecma_put_array(reply);
    for (size_t i = 0, start = 0; i < body.length; i++) {
        if (body.at[i] != '\n') continue;
        put_entry(reply, body.at + start, i - start);
        start = i + 1;
    }
    ecma_put_end_array(reply);
    ecma_put_end_object(reply);
    return true;
}
