/* The import role. See vectors.h. */
#include "vectors.h"

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
