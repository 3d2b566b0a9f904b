package lookalike

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// JSON answers v as one line of JSON, in which <, > and & stand as they are. A nil
// v answers no body.
func JSON(w http.ResponseWriter, status int, v any) {
	if v == nil {
		w.WriteHeader(status)
		return
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	// A client that went away hears nothing.
	_, _ = w.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// Base is the address of the server as the client wrote it, without a path: what
// applications put before the links in their answers.
func Base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
