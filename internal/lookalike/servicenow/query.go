package servicenow

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// defaultPage is how many rows come when nothing is said, and the most that come.
const defaultPage = 10_000

// parameters are the sysparm_ parameters of a request.
type parameters struct {
	base            string
	query           string
	fields          []string // nil: all
	display         string   // false, true, all
	noLinks         bool
	limit, offset   int
	noCount, noPage bool
	v1              bool
}

// parse reads the parameters; what makes no sense is taken for the default.
func parse(r *http.Request) parameters {
	q := r.URL.Query()
	p := parameters{
		base: lookalike.Base(r), query: q.Get("sysparm_query"), display: q.Get("sysparm_display_value"),
		noLinks: q.Get("sysparm_exclude_reference_link") == "true", noCount: q.Get("sysparm_no_count") == "true",
		noPage: q.Get("sysparm_suppress_pagination_header") == "true", v1: strings.Contains(r.URL.Path, "/v1/"),
	}
	if p.display != "true" && p.display != "all" {
		p.display = "false"
	}
	if fields := q.Get("sysparm_fields"); fields != "" {
		p.fields = strings.Split(fields, ",")
	}
	p.limit, p.offset = number(q, "sysparm_limit", defaultPage), number(q, "sysparm_offset", 0)
	p.limit = min(p.limit, defaultPage)
	return p
}

func number(q url.Values, name string, otherwise int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

// list answers rows.
func (s *Server) list(w http.ResponseWriter, r *http.Request, t *table) {
	p := parse(r)
	rows := s.find(t, p.query)
	start := min(p.offset, len(rows))
	end := min(start+p.limit, len(rows))
	if p.v1 && start == end {
		notFound(w)
		return
	}
	if !p.noCount {
		w.Header().Set("X-Total-Count", strconv.Itoa(len(rows)))
	}
	if !p.noPage && p.limit > 0 && len(rows) > p.limit {
		w.Header().Set("Link", links(r, p, len(rows)))
	}
	result := make([]map[string]any, 0, end-start)
	for _, row := range rows[start:end] {
		result = append(result, s.shown(t, row, p))
	}
	lookalike.JSON(w, http.StatusOK, map[string]any{"result": result})
}

// links is the Link header: first, prev, next and last in one, as far as they are.
func links(r *http.Request, p parameters, total int) string {
	var all []string
	link := func(relation string, offset int, there bool) {
		if there {
			q := r.URL.Query()
			q.Set("sysparm_offset", strconv.Itoa(offset))
			q.Set("sysparm_limit", strconv.Itoa(p.limit))
			all = append(all, "<"+p.base+r.URL.Path+"?"+q.Encode()+`>;rel="`+relation+`"`)
		}
	}
	link("first", 0, true)
	link("prev", max(p.offset-p.limit, 0), p.offset > 0)
	link("next", p.offset+p.limit, p.offset+p.limit < total)
	link("last", (total-1)/p.limit*p.limit, !p.noCount)
	return strings.Join(all, ",")
}

// condition is one comparison of a query; alternatives are joined by ^OR.
type condition func(Record) bool

// find returns the rows that the query wants, in its order. Parts about fields that
// the table has not are passed over, so that a misspelled name finds more, not less.
func (s *Server) find(t *table, query string) []Record {
	if query == t.orderOf && t.age == t.orderAge && t.ordered != nil {
		return s.restless(t.ordered, query)
	}
	var wanted [][]condition
	var orders []func(a, b Record) int
	for part := range strings.SplitSeq(query, "^") {
		if name, ok := strings.CutPrefix(part, "ORDERBYDESC"); ok {
			orders = append(orders, func(a, b Record) int { return strings.Compare(b[name], a[name]) })
			continue
		}
		if name, ok := strings.CutPrefix(part, "ORDERBY"); ok {
			orders = append(orders, func(a, b Record) int { return strings.Compare(a[name], b[name]) })
			continue
		}
		alternative, or := strings.CutPrefix(part, "OR")
		switch c := s.condition(t, alternative); {
		case c == nil:
		case or && len(wanted) > 0:
			wanted[len(wanted)-1] = append(wanted[len(wanted)-1], c)
		default:
			wanted = append(wanted, []condition{c})
		}
	}
	rows := slices.Clone(t.rows)
	rows = slices.DeleteFunc(rows, func(row Record) bool {
		return slices.ContainsFunc(wanted, func(any []condition) bool {
			return !slices.ContainsFunc(any, func(c condition) bool { return c(row) })
		})
	})
	slices.SortStableFunc(rows, func(a, b Record) int {
		for _, order := range orders {
			if n := order(a, b); n != 0 {
				return n
			}
		}
		return 0
	})
	t.ordered, t.orderOf, t.orderAge = rows, query, t.age
	return s.restless(rows, query)
}

// restless turns rows without an order about.
func (s *Server) restless(rows []Record, query string) []Record {
	if !s.options.Restless || len(rows) == 0 || strings.Contains(query, "ORDERBY") {
		return rows
	}
	s.served++
	n := s.served % len(rows)
	return slices.Concat(rows[n:], rows[:n])
}

// operators in the order in which they are looked for.
var operators = []struct {
	sign  string
	holds func(have, value string) bool
}{
	{"ISNOTEMPTY", func(have, _ string) bool { return have != "" }},
	{"ISEMPTY", func(have, _ string) bool { return have == "" }},
	{"STARTSWITH", strings.HasPrefix},
	{"LIKE", strings.Contains},
	{"IN", func(have, value string) bool { return slices.Contains(strings.Split(value, ","), have) }},
	{"!=", func(have, value string) bool { return have != value }},
	{">=", func(have, value string) bool { return have >= value }},
	{"<=", func(have, value string) bool { return have <= value }},
	{"=", func(have, value string) bool { return have == value }},
	{">", func(have, value string) bool { return have > value }},
	{"<", func(have, value string) bool { return have < value }},
}

// condition reads one comparison: a field in lower case, an operator, a value. It is
// nil if it makes no sense. Letters' case does not matter in values.
func (s *Server) condition(t *table, part string) condition {
	end := strings.IndexFunc(part, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '.') })
	if end < 0 {
		return nil
	}
	name, rest := part[:end], part[end:]
	if _, _, ok := s.walk(t, nil, name); !ok {
		return nil
	}
	for _, operator := range operators {
		if value, ok := strings.CutPrefix(rest, operator.sign); ok {
			value = strings.ToLower(value)
			return func(row Record) bool {
				_, have, _ := s.walk(t, row, name)
				return operator.holds(strings.ToLower(have), value)
			}
		}
	}
	return nil
}
