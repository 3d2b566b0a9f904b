package scim_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

func bulk(more string, operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],` + more + `"Operations":[{` + strings.Join(operations, "},{") + `}]}`
}

func TestBulk(t *testing.T) {
	c := newClient(t)
	old := c.user("old")
	r := c.do("POST", "/Bulk", bulk("",
		`"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"staff","members":[{"value":"bulkId:u"}]}`, // refers to what follows
		`"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"ada"}`,
		`"method":"post","path":"/Users","bulkId":"twice","data":{"userName":"ADA"}`,
		`"method":"PATCH","path":"/Users/bulkId:u","data":{"Operations":[{"op":"Add","path":"manager","value":"bulkId:u"}]}`,
		`"method":"PUT","path":"`+old+`","version":"W/\"9\"","data":{"userName":"new"}`,
		`"method":"DELETE","path":"`+old+`","version":"W/\"9\""`,
		`"method":"DELETE","path":"`+old+`"`,
		`"method":"DELETE","path":"`+old+`"`,
		`"method":"GET","path":"/Users/x"`,
		`"method":"POST","path":"/Users/x"`,
		`"method":"POST","path":"/Nothing","data":{}`,
		`"method":"PATCH","path":"/Users/bulkId:nobody","data":{}`,
		`"method":"POST","path":"/Groups","data":{"displayName":"x","members":[{"value":"bulkId:twice"}]}`,
	)).want(t, 200)
	for i, want := range []string{"201", "201", "409", "200", "412", "412", "204", "404", "400", "404", "404", "409", "409"} {
		r.holds(t, `"`+want+`"`, "Operations", i, "status")
		failed := want >= "400"
		if (r.at("Operations", i, "response") != nil) != failed {
			t.Errorf("operation %d: response %v", i, r.at("Operations", i, "response"))
		}
	}
	r.holds(t, `["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]`, "schemas").holds(t, `"uniqueness"`, "Operations", 2, "response", "scimType")
	r.holds(t, `"http://example.com`+old+`"`, "Operations", 4, "location").holds(t, "", "Operations", 2, "location")
	r.holds(t, `"u"`, "Operations", 1, "bulkId").holds(t, `"W/\"1\""`, "Operations", 1, "version")
	ada := strings.TrimPrefix(r.at("Operations", 1, "location").(string), "http://example.com")
	group := strings.TrimPrefix(r.at("Operations", 0, "location").(string), "http://example.com")
	id := strings.TrimPrefix(ada, "/Users/")
	c.do("GET", group, "").want(t, 200).holds(t, `[{"value":"`+id+`"}]`, "members")
	c.do("GET", ada, "").want(t, 200).holds(t, `"`+id+`"`, scim.EnterpriseUserURN, "manager", "value")
}

// oddIDs gives ids that do not fit a path as they are.
type oddIDs struct{ *memory.Backend }

const oddID = "a/b %41?"

func (s oddIDs) rename(r *scim.Resource, err error) (*scim.Resource, error) {
	if err != nil {
		return nil, err
	}
	renamed := *r
	renamed.ID = oddID + r.ID
	return &renamed, nil
}

func (s oddIDs) Create(ctx context.Context, t *scim.ResourceType, r *scim.Resource) (*scim.Resource, error) {
	return s.rename(s.Backend.Create(ctx, t, r))
}

func (s oddIDs) Get(ctx context.Context, t *scim.ResourceType, id string, sel scim.Selection) (*scim.Resource, error) {
	return s.rename(s.Backend.Get(ctx, t, strings.TrimPrefix(id, oddID), sel))
}

func (s oddIDs) Update(ctx context.Context, t *scim.ResourceType, u scim.Update) (*scim.Resource, error) {
	r := *u.Resource
	r.ID = strings.TrimPrefix(r.ID, oddID)
	u.Resource = &r
	return s.rename(s.Backend.Update(ctx, t, u))
}

func TestOddIDs(t *testing.T) {
	c := &client{t, newHandler(t, oddIDs{memory.New(memory.Config{})}, scim.Config{Authenticate: scim.NoAuthentication})}
	r := c.do("POST", "/Bulk", bulk("",
		`"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"ada"}`,
		`"method":"PATCH","path":"/Users/bulkId:u","data":{"Operations":[{"op":"add","path":"manager","value":"bulkId:u"}]}`)).want(t, 200)
	r.holds(t, `"200"`, "Operations", 1, "status")
	location := strings.TrimPrefix(r.at("Operations", 1, "location").(string), "http://example.com")
	u := c.do("GET", location, "").want(t, 200)
	u.holds(t, `"`+u.id(t)+`"`, scim.EnterpriseUserURN, "manager", "value")
}

func TestBulkCircle(t *testing.T) {
	c := newClient(t)
	r := c.do("POST", "/Bulk", bulk("",
		`"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"a","members":[{"value":"bulkId:b"}]}`,
		`"method":"POST","path":"/Groups","bulkId":"b","data":{"displayName":"b","members":[{"value":"bulkId:a"}]}`,
		`"method":"POST","path":"/Groups","bulkId":"c","data":{"displayName":"c","members":[{"value":"bulkId:c"}]}`)).want(t, 200)
	for i := range 3 {
		r.holds(t, `"409"`, "Operations", i, "status")
	}
}

func TestBulkFailOnErrors(t *testing.T) {
	c := newClient(t)
	bad, good := `"method":"POST","path":"/Users","data":{}`, `"method":"POST","path":"/Groups","data":{"displayName":"x"}`
	for more, want := range map[string]int{"": 4, `"failOnErrors":0,`: 4, `"failOnErrors":1,`: 1, `"failOnErrors":2,`: 3} {
		r := c.do("POST", "/Bulk", bulk(more, bad, good, bad, good)).want(t, 200)
		if have := len(r.body["Operations"].([]any)); have != want {
			t.Errorf("%s: %d operations are answered, want %d", more, have, want)
		}
	}
}

// endingStore ends the request with its first creation.
type endingStore struct {
	*memory.Backend
	end context.CancelFunc
}

func (s endingStore) Create(ctx context.Context, t *scim.ResourceType, r *scim.Resource) (*scim.Resource, error) {
	defer s.end()
	return s.Backend.Create(ctx, t, r)
}

func TestBulkHeedsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &client{t, newHandler(t, endingStore{memory.New(memory.Config{}), cancel},
		scim.Config{Authenticate: func(context.Context, string) (context.Context, error) { return ctx, nil }})}
	r := c.do("POST", "/Bulk", bulk("", `"method":"POST","path":"/Users","data":{"userName":"a"}`, `"method":"POST","path":"/Users","data":{"userName":"b"}`)).want(t, 200)
	r.holds(t, `"201"`, "Operations", 0, "status").holds(t, `"503"`, "Operations", 1, "status")
}

func TestBulkRefused(t *testing.T) {
	c := newClient(t)
	for _, body := range []string{`[]`, `{}`, `{"Operations":{}}`, `{"Operations":["x"]}`, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[]}`} {
		c.do("POST", "/Bulk", body).want(t, 400, "invalidSyntax")
	}
	twice := `"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"x"}`
	c.do("POST", "/Bulk", bulk("", twice, twice)).want(t, 400, "invalidValue")
	c.do("POST", "/Bulk", `{"Operations":[]}`).want(t, 200).holds(t, "[]", "Operations")
}
