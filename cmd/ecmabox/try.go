package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/draft"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// trySecret is where the secret of --auth is unless --secret names another place.
const trySecret = "ECMABOX_SECRET"

// tryTarget is what the address is called in messages and in the draft, unless
// --name says.
const tryTarget = "app"

// tryFlags are the flags of try.
type tryFlags struct {
	auth, secret, name, out string
	networks                []string
}

func tryCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "try URL",
		Short: "Read one page of your own API, tell what is in it, and draft a recipe",
		Long: "Read one page of users of your own API, tell where the rows are, what they hold, what\ncould be the anchor and how the next page is asked for, and write a draft of a recipe.\n\n" +
			"The request is an ordinary GET with the credentials of --auth, held to the rules of a\nconnector's: private addresses need --network, unless the URL names the address itself or\nlocalhost. " +
			"Fields that look like secrets are left out of everything.\n\nExamples:\n" +
			"  ecmabox try 'https://gitlab.example/api/v4/users?per_page=20' --auth header:PRIVATE-TOKEN\n" +
			"  ecmabox try https://redmine.example/users.json --auth basic:admin\n\n" + exitHelp,
		Args: cobra.ExactArgs(1),
	}
	f := formatFlags(cmd)
	var t tryFlags
	cmd.Flags().StringVar(&t.auth, "auth", "", "credentials: basic:USER, bearer, header:NAME or query:NAME; the secret comes from the environment, see --secret")
	cmd.Flags().StringVar(&t.secret, "secret", trySecret, "environment variable that holds the password, token or key of --auth")
	cmd.Flags().StringArrayVar(&t.networks, "network", nil, "network or address granted beyond public ones, such as 10.0.0.0/8; may be given again")
	cmd.Flags().StringVar(&t.name, "name", "", "name of the recipe (default: from the host's name)")
	cmd.Flags().StringVarP(&t.out, "out", "o", "", "file of the draft, - for the standard output (default: NAME.recipe.yaml); a file that is there is not replaced")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return t.run(cmd.Context(), e, f, args[0]) }
	return cmd
}

func (t *tryFlags) run(ctx context.Context, e *environment, f *format, address string) error {
	u, err := tryURL(address)
	if err != nil {
		return usageError{err}
	}
	if t.name == "" {
		t.name = nameOf(u)
	}
	if catalog.CheckName(t.name) != nil {
		return usageError{fmt.Errorf("--name is %q: write 1 to 63 lower-case letters, digits and hyphens, no hyphen first", t.name)}
	}
	policy, secrets, err := t.policy(u)
	if err != nil {
		return usageError{err}
	}
	answer, err := ask(ctx, policy, secrets, u)
	if err != nil {
		return err
	}
	d, err := draft.Look(draft.Page{URL: u, Header: tryHeader(&answer), Body: answer.Body})
	if err != nil {
		return usageError{fmt.Errorf("nothing could be drafted from %s: %w", draft.Shown(u), err)}
	}
	d.Login = t.login()
	text := d.Recipe(t.name, u.EscapedPath(), u.Query())
	if t.out == "-" {
		_, err := fmt.Fprint(e.stdout, text)
		return err
	}
	if t.out == "" {
		t.out = t.name + ".recipe.yaml"
	}
	if err := writeNew(t.out, text); err != nil {
		return err
	}
	return t.print(e, f, &d)
}

// tryURL reads the address. Credentials in it would end up in shell histories.
func tryURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("the address is no URL: write https://HOST/PATH")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, fmt.Errorf("%q is no URL of an API: write https://HOST/PATH", draft.Shown(u))
	case u.User != nil:
		return nil, errors.New("the URL holds a user: write --auth basic:USER, with the password in " + trySecret)
	case u.Fragment != "":
		return nil, errors.New("the URL holds a fragment (#…), which no server gets to see")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// nameOf makes a name of the host's: gitlab of gitlab.example.
func nameOf(u *url.URL) string {
	label, _, _ := strings.Cut(strings.ToLower(u.Hostname()), ".")
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || catalog.CheckName(label) != nil || label == "localhost" {
		return tryTarget
	}
	return label
}

// policy grants the one page.
func (t *tryFlags) policy(u *url.URL) (hostfuncs.Policy, hostfuncs.SecretMap, error) {
	target := hostfuncs.Target{
		Name: tryTarget, BaseURL: u.Scheme + "://" + u.Host, Methods: []string{http.MethodGet}, Paths: []string{"/", "/**"}, EncodedSlashes: true,
		ResponseHeaders: responseHeaders(),
	}
	for _, text := range t.networks {
		network, err := parseNetwork(text)
		if err != nil {
			return hostfuncs.Policy{}, nil, err
		}
		target.Networks = append(target.Networks, network)
	}
	if address, err := netip.ParseAddr(u.Hostname()); err == nil {
		target.Networks = append(target.Networks, netip.PrefixFrom(address, address.BitLen()))
	} else if u.Hostname() == "localhost" {
		target.Networks = append(target.Networks, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	}
	credential, err := t.credential()
	if err != nil || credential == nil {
		return hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, nil, err
	}
	secret := os.Getenv(t.secret)
	if secret == "" {
		return hostfuncs.Policy{}, nil, fmt.Errorf("the environment variable %s is empty: put the secret of --auth there, or name another with --secret", t.secret)
	}
	target.Credentials = []hostfuncs.Credential{*credential}
	return hostfuncs.Policy{Targets: []hostfuncs.Target{target}}, hostfuncs.SecretMap{credential.Secret: secret}, nil
}

// responseHeaders are the usual ones, and those from which a draft is made.
func responseHeaders() []string {
	all := hostfuncs.DefaultResponseHeaders()
	for _, name := range draft.TotalHeaders {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func (t *tryFlags) credential() (*hostfuncs.Credential, error) {
	kind, rest, _ := strings.Cut(t.auth, ":")
	c := &hostfuncs.Credential{Secret: "secret"}
	switch {
	case t.auth == "":
		return nil, nil
	case kind == "basic" && rest != "":
		c.Kind, c.Username = hostfuncs.Basic, rest
	case t.auth == "bearer":
		c.Kind = hostfuncs.Bearer
	case kind == "header" && rest != "":
		c.Kind, c.Header = hostfuncs.APIKey, rest
	case kind == "query" && rest != "":
		c.Kind, c.Query = hostfuncs.APIKey, rest
	default:
		return nil, fmt.Errorf("--auth is %q: write basic:USER, bearer, header:NAME or query:NAME", t.auth)
	}
	return c, nil
}

// login is what a recipe calls the kind of --auth.
func (t *tryFlags) login() string {
	kind, _, _ := strings.Cut(t.auth, ":")
	if kind == "header" || kind == "query" {
		return "apiKey"
	}
	return kind
}

func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return network, fmt.Errorf("--network is %q: write an address or a network such as 10.0.0.0/8", text)
	}
	return network, nil
}

// ask carries out the one request. Every answer but 2xx is an error in ECMA's terms.
func ask(ctx context.Context, policy hostfuncs.Policy, secrets hostfuncs.SecretMap, u *url.URL) (abi.HTTPAnswer, error) {
	hosts, err := hostfuncs.New(policy, secrets)
	if err != nil {
		return abi.HTTPAnswer{}, usageError{err}
	}
	defer hosts.Close()
	lease, err := hosts.Lease(ctx, abi.LeaseRequest{Instance: "try"})
	if err != nil {
		return abi.HTTPAnswer{}, err
	}
	defer func() { _ = lease.Close(context.WithoutCancel(ctx), false) }()
	request := abi.HTTPRequest{Target: tryTarget, Method: http.MethodGet, Path: u.EscapedPath(), Safety: abi.Safe,
		Headers: []abi.Field{{Name: "Accept", Value: "application/json"}}}
	query, err := orderedQuery(u.RawQuery)
	if err != nil {
		return abi.HTTPAnswer{}, usageError{err}
	}
	request.Query = query
	return guest.Ask(ctx, lease, request)
}

// orderedQuery takes a query apart in its own order.
func orderedQuery(raw string) (fields []abi.Field, err error) {
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if name, err = url.QueryUnescape(name); err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, fmt.Errorf("the query holds a parameter at %q, which is not percent-encoded", name)
		}
		fields = append(fields, abi.Field{Name: name, Value: value})
	}
	return fields, nil
}

func tryHeader(answer *abi.HTTPAnswer) http.Header {
	h := make(http.Header)
	for _, f := range answer.Headers {
		h.Add(f.Name, f.Value)
	}
	return h
}

// writeNew writes a file that is not there yet.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("%s is there already: name another file with --out", path)}
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// The result in JSON.
type (
	tryJSON struct {
		File    string         `json:"file"`
		Rows    string         `json:"rows"`
		Count   int            `json:"count"`
		Others  []string       `json:"others,omitempty"`
		Fields  []tryFieldJSON `json:"fields"`
		Anchors []string       `json:"anchors"`
		Status  string         `json:"status,omitempty"`
		Paging  string         `json:"paging,omitempty"`
		Why     string         `json:"why,omitempty"`
		Total   string         `json:"total,omitempty"`
		Header  string         `json:"totalHeader,omitempty"`
		Check   []string       `json:"check,omitempty"`
		Secrets []string       `json:"secrets,omitempty"`
	}
	tryFieldJSON struct {
		Name     string `json:"name"`
		Path     string `json:"path"`
		Type     string `json:"type"`
		Filled   int    `json:"filled"`
		Distinct int    `json:"distinct"`
		Sample   string `json:"sample,omitempty"`
	}
)

func (t *tryFlags) print(e *environment, f *format, d *draft.Draft) error {
	if f.json(e.stdout) {
		out := tryJSON{File: t.out, Rows: d.Rows, Count: d.Count, Others: d.Others, Anchors: d.Anchors, Status: d.Status,
			Paging: d.Paging.Kind, Why: d.Paging.Why, Total: d.Paging.Total, Header: d.Paging.TotalHeader, Check: d.Paging.Check, Secrets: d.Secrets}
		for _, field := range d.Fields {
			out.Fields = append(out.Fields, tryFieldJSON{field.Name, field.Path, field.Type, field.Filled, field.Distinct, field.Sample})
		}
		return printJSON(e.stdout, out)
	}
	list := newTable(e.stdout, "ATTRIBUTE", "TYPE", "FILLED", "DIFFERENT", "SAMPLE")
	for _, field := range d.Fields {
		list.row(field.Name, field.Type, strconv.Itoa(field.Filled)+" of "+strconv.Itoa(d.Count), strconv.Itoa(field.Distinct), field.Sample)
	}
	if err := list.flush(); err != nil {
		return err
	}
	for _, line := range t.words(d) {
		if _, err := fmt.Fprintln(e.stdout, visible(line)); err != nil {
			return err
		}
	}
	return nil
}

// words are the findings, a line each.
func (t *tryFlags) words(d *draft.Draft) []string {
	lines := []string{"", fmt.Sprintf("rows:    %d at %q", d.Count, d.Rows)}
	if len(d.Others) > 0 {
		lines = append(lines, "         other lists: "+strings.Join(d.Others, ", "))
	}
	anchors := "no field has another value in every row"
	if len(d.Anchors) > 0 {
		anchors = strings.Join(d.Anchors, ", ")
	}
	paging := "nothing tells how the next page is asked for"
	if d.Paging.Kind != "" {
		paging = d.Paging.Kind + ": " + d.Paging.Why
	}
	lines = append(lines, "anchor:  "+anchors, "paging:  "+paging)
	switch {
	case d.Paging.Total != "":
		lines = append(lines, "total:   at "+d.Paging.Total)
	case d.Paging.TotalHeader != "":
		lines = append(lines, "total:   in the header "+d.Paging.TotalHeader)
	}
	for _, text := range d.Paging.Check {
		lines = append(lines, "check:   "+text)
	}
	if d.Status != "" {
		lines = append(lines, "status:  "+d.Status+" may tell whether a user can log in")
	}
	if len(d.Secrets) > 0 {
		lines = append(lines, "secrets: "+strings.Join(d.Secrets, ", ")+" left out")
	}
	return append(lines, "", "wrote "+t.out+"; next: ecmabox recipe check "+t.out)
}
