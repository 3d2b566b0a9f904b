package scim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const benchUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"userName":"user%[1]d@example.com","externalId":"external-%[1]d","active":true,"displayName":"User %[1]d","title":"Engineer","preferredLanguage":"en",
"name":{"formatted":"Given%[1]d Family%[1]d","familyName":"Family%[1]d","givenName":"Given%[1]d"},
"emails":[{"primary":true,"type":"work","value":"user%[1]d@example.com"},{"type":"home","value":"home%[1]d@example.org"}],
"phoneNumbers":[{"type":"work","value":"+1 555 %[1]d"},{"type":"mobile","value":"+1 556 %[1]d"}],
"addresses":[{"type":"work","streetAddress":"%[1]d Main Street","locality":"Town","country":"US"}],
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%[1]d","department":"Sales"}}`

// benchClient holds a thousand users.
func benchClient(b *testing.B) (c *client, paths []string) {
	c = newClient(b)
	for i := range 1000 {
		r := c.do("POST", "/Users", fmt.Sprintf(benchUser, i)).want(b, 201)
		paths = append(paths, "/Users/"+r.id(b))
	}
	return c, paths
}

// serve answers a request without the checks of the client.
func (c *client) serve(b *testing.B, method, target, body string, status int) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	w := discard{header: http.Header{}}
	c.handler.ServeHTTP(&w, r)
	if w.status != status {
		b.Fatalf("status %d, want %d", w.status, status)
	}
}

type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

func BenchmarkFilter(b *testing.B) {
	c, _ := benchClient(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.serve(b, "GET", fmt.Sprintf("/Users?filter=userName%%20eq%%20%%22user%d@example.com%%22", i%1000), "", 200)
	}
}

func BenchmarkCreate(b *testing.B) {
	c, _ := benchClient(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.serve(b, "POST", "/Users", fmt.Sprintf(benchUser, 1000+i), 201)
	}
}

func BenchmarkPatch(b *testing.B) {
	c, paths := benchClient(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.serve(b, "PATCH", paths[i%1000], patchBody(fmt.Sprintf(`"op":"Replace","path":"displayName","value":"Changed %d"`, i)), 200)
	}
}

func BenchmarkList100(b *testing.B) {
	c, _ := benchClient(b)
	b.ReportAllocs()
	for b.Loop() {
		c.serve(b, "GET", "/Users?count=100", "", 200)
	}
}

func BenchmarkScanFilter(b *testing.B) {
	c, _ := benchClient(b)
	b.ReportAllocs()
	for b.Loop() {
		c.serve(b, "GET", "/Users?filter=title%20co%20%22nobody%22%20and%20active%20eq%20true", "", 200)
	}
}
