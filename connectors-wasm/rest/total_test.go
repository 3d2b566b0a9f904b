package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// A number of all rows in a header is compared as one in the answer is.
func TestTotalInAHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		totals []string // of each page
		word   string
	}{
		"as many":             {[]string{"25", "25", "25"}, ""},
		"more came":           {[]string{"20", "20", "20"}, "there are 20 rows, and 25 came"},
		"blanks":              {[]string{" 25 ", "25", "25"}, ""},
		"a whole number":      {[]string{"25.0", "25.00", "25"}, ""},
		"a fraction":          {[]string{"25.01", "25", "25"}, "in the header X-Total"},
		"on the first page":   {[]string{"25", "", ""}, ""},
		"fewer":               {[]string{"26", "26", "26"}, "there are 26 rows, and 25 came"},
		"one more on the way": {[]string{"25", "25", "26"}, "there were 25 rows, and now there are 26"},
		"one less on the way": {[]string{"25", "24", "24"}, "there were 25 rows, and now there are 24"},
		"no header":           {[]string{"", "25", "25"}, "there is no number of all rows in the header X-Total"},
		"no number":           {[]string{"many", "", ""}, "in the header X-Total"},
		"below none":          {[]string{"-1", "", ""}, "in the header X-Total"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				page := number(r, "page")
				a := ok(`[` + part((page-1)*10, 10) + `]`)
				if total := test.totals[page-1]; total != "" {
					a.Headers = append(a.Headers, abi.Field{Name: "x-total", Value: total})
				}
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","total":{"header":"X-Total"},"paging":{"pages":"page","by":10,"short":true}}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(25))
		})
	}
}

// A row that came twice makes up for none that did not come.
func TestTotalAndRowsThatMove(t *testing.T) {
	t.Parallel()
	const lookups = `,"lookups":{"n":{"request":"/names","rows":"rows","key":"id","value":"name","total":"n","paging":{"offset":"o","by":5}}}`
	for name, test := range map[string]struct {
		pages      []string
		attributes string
		more       string
		word       string
	}{
		"all":                    {[]string{users(1, 5), users(6, 5)}, "", "", ""},
		"moved":                  {[]string{users(1, 5), users(4, 5)}, "", "", "there are 10 rows, and 10 came, of which 8 are different"},
		"moved, and changed":     {[]string{users(1, 5), `{"id":"5","name":"other"},` + users(6, 4)}, "", "", "of which 9 are different"},
		"more, and all":          {[]string{users(1, 5), users(4, 7)}, "", "", ""},
		"anchors of a template":  {[]string{users(1, 5), users(4, 5)}, `{"id":{"template":"{row.id}"},"name":{}}`, "", "of which 8 are different"},
		"all, of a template":     {[]string{users(1, 5), users(6, 5)}, `{"id":{"template":"{row.id}"},"name":{}}`, "", ""},
		"rows that are left out": {[]string{users(1, 5), users(4, 5)}, "", `,"only":{"name":["u1"]}`, "of which 8 are different"},
		"a lookup":               {[]string{users(1, 5), users(4, 5)}, `{"id":{"access":"read"},"name":{"access":"read","convert":{"lookup":"n"}}}`, "", "GET /names?o=10 (page 3): there are 10 rows, and 10 came, of which 8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if i := number(r, "o") / 5; i < len(test.pages) {
					return ok(`{"rows":[` + test.pages[i] + `],"n":10}`)
				}
				return ok(`{"rows":[],"n":10}`)
			}}
			attributes := test.attributes
			if attributes == "" {
				attributes = `{"id":{"access":"read"},"name":{}}`
			}
			more := ""
			if strings.Contains(attributes, "lookup") {
				more = lookups
			}
			c, _ := connect(parse(t, `{"attributes":`+attributes+`,"import":{"request":"/users","rows":"rows","total":"n","paging":{"offset":"o","by":5}`+test.more+`}`+more+`}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if test.word == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if wantError(t, err, abi.UnexpectedData, test.word); !abi.AsError(err).Retryable {
				t.Error("the error does not say that another try may succeed")
			}
		})
	}
}

// Behind all rows of the total a page that the target does not know is the end; one that
// is there, or another error, is not.
func TestNoPageBehindTheTotal(t *testing.T) {
	t.Parallel()
	two := `{"rows":[` + users(1, 2) + `],"n":2}`
	const unknown = `{"detail":"Invalid page."}`
	for name, test := range map[string]struct {
		list    string
		answers []abi.HTTPAnswer
		word    string
	}{
		"404":                  {`"pages":"p"`, []abi.HTTPAnswer{ok(two), status(404, unknown)}, ""},
		"400":                  {`"pages":"p"`, []abi.HTTPAnswer{ok(two), status(400, unknown)}, ""},
		"404, side by side":    {`"pages":"p","atOnce":3`, []abi.HTTPAnswer{ok(two), status(404, unknown)}, ""},
		"404, by an offset":    {`"offset":"o","by":2`, []abi.HTTPAnswer{ok(two), status(404, "")}, ""},
		"500":                  {`"pages":"p"`, []abi.HTTPAnswer{ok(two), status(500, unknown)}, "was answered with 500"},
		"403":                  {`"pages":"p"`, []abi.HTTPAnswer{ok(two), status(403, unknown)}, "was answered with 403"},
		"another's 404":        {`"pages":"p"`, []abi.HTTPAnswer{ok(two), status(404, "<html>no</html>")}, "a page in HTML"},
		"404 too early":        {`"pages":"p"`, []abi.HTTPAnswer{ok(`{"rows":[` + users(1, 2) + `],"n":3}`), status(404, unknown)}, "was answered with 404"},
		"400 too early":        {`"pages":"p"`, []abi.HTTPAnswer{ok(`{"rows":[` + users(1, 2) + `],"n":3}`), status(400, unknown)}, "was answered with 400"},
		"404 at once":          {`"pages":"p"`, []abi.HTTPAnswer{status(404, unknown)}, "was answered with 404"},
		"a list that grew":     {`"pages":"p"`, []abi.HTTPAnswer{ok(two), ok(`{"rows":[` + users(3, 1) + `],"n":3}`)}, "there were 2 rows, and now there are 3"},
		"a rule about the 404": {`"pages":"p"},"onError":[{"status":404,"then":"ServerDown"}],"skip":{"x":"y"`, []abi.HTTPAnswer{ok(two), status(404, unknown)}, "ServerDown"},
		"by the last key":      {`"lastKey":"k","field":"id"`, []abi.HTTPAnswer{ok(two), status(404, unknown)}, "was answered with 404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				page := max(number(r, "p"), number(r, "o")/2+1)
				if query(r, "k") != "" {
					page = 2
				}
				return test.answers[min(page, len(test.answers))-1]
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","total":"n","paging":{`+test.list+`}}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				if err == nil || !strings.Contains(err.Error(), test.word) {
					t.Errorf("have %v, want %s", err, test.word)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(2))
		})
	}
}

// Rows without an anchor, which are left out, are told apart by all they have; those of
// several lists in one answer are all counted.
func TestTotalOfRowsWithoutAnAnchor(t *testing.T) {
	t.Parallel()
	const lookups = `{"n":{"request":"/rows","rows":"rows","key":"id","value":"name","total":"n","skip":{"type":"bot"}}}`
	for name, test := range map[string]struct {
		list, answer string
		word         string
	}{
		"bots":             {`"skip":{"type":"bot"}`, `"rows":[{"id":1},{"uid":"x","type":"bot"},{"id":null,"uid":"y","type":"bot"}],"n":3`, ""},
		"not kept":         {`"only":{"type":"human"}`, `"rows":[{"id":1,"type":"human"},{"uid":"x"},{"uid":"y"}],"n":3`, ""},
		"the same twice":   {`"skip":{"type":"bot"}`, `"rows":[{"id":1},{"uid":"x","type":"bot"},{"uid":"x","type":"bot"}],"n":3`, "of which 2 are different"},
		"lists that share": {`"rows":["rows","more"]`, `"rows":[{"id":1},{"id":2}],"more":[{"id":2},{"id":3}],"n":4`, ""},
		"and lack one":     {`"rows":["rows","more"]`, `"rows":[{"id":1},{"id":2}],"more":[{"id":2}],"n":4`, "there are 4 rows, and 3 came"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{` + test.answer + `}`) }}
			rows := `"rows":"rows",`
			if strings.Contains(test.list, "rows") {
				rows = ""
			}
			recipes := []string{`{"import":{"request":"/users","total":"n",` + rows + test.list + `}}`}
			if name == "bots" {
				recipes = append(recipes, `{"attributes":{"id":{"access":"read"},"name":{"access":"read","convert":{"lookup":"n"}}},
					"import":{"request":"/users","rows":"rows","skip":{"type":"bot"}},"lookups":`+lookups+`}`)
			}
			for _, text := range recipes {
				c, _ := connect(parse(t, text), app)
				_, _, err := imported(t, c, abi.Full, "")
				if test.word != "" {
					wantError(t, err, abi.UnexpectedData, test.word)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestTotalThatIsKept(t *testing.T) {
	t.Parallel()
	app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
		return ok(`{"rows":[` + part((number(r, "page")-1)*10, 10) + `],"n":25}`)
	}}
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","total":"n","paging":{"pages":"page","by":10,"short":true}}}`), app)
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, lines(25))
}
