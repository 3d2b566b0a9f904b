package rest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// users writes rows with the ids from first on.
func users(first, n int) string {
	text := ""
	for i := range n {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(`{"id":"%d","name":"u%d"}`, first+i, first+i)
	}
	return text
}

func lines(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%d name=u%d", i+1, i+1))
	}
	return all
}

func query(r *abi.HTTPRequest, name string) string {
	for _, q := range r.Query {
		if q.Name == name {
			return q.Value
		}
	}
	return ""
}

func number(r *abi.HTTPRequest, name string) int {
	n, _ := strconv.Atoi(query(r, name))
	return n
}

// part is the part of 25 users from offset on, by at most so many.
func part(offset, by int) string {
	const all = 25
	if offset >= all || offset < 0 {
		return ""
	}
	return users(offset+1, min(by, all-offset))
}

func TestPaging(t *testing.T) {
	t.Parallel()
	link := func(r *abi.HTTPRequest, url string) abi.HTTPAnswer {
		offset := number(r, "after")
		a := ok(`{"rows":[` + part(offset, 10) + `]}`)
		if offset < 20 {
			a.Headers = append(a.Headers, abi.Field{Name: "Link", Value: fmt.Sprintf(`<https://app.example/v4/users?x=a,b>; rel="self", <%s?after=%d&q=%%C3%%AB+x>; rel="next prev"`, url, offset+10)})
		}
		return a
	}
	for name, test := range map[string]struct {
		paging   string
		answer   func(r *abi.HTTPRequest) abi.HTTPAnswer
		requests int
	}{
		"none": {`{}`, func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[` + users(1, 25) + `]}`) }, 1},
		"pages": {`{"pages":"page","size":"per","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part((number(r, "page")-1)*number(r, "per"), 10) + `]}`)
		}, 4},
		"short pages": {`{"pages":"page","by":10,"short":true,"first":0}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "page")*10, 10) + `]}`)
		}, 3},
		"pages at once": {`{"pages":"page","by":2,"atOnce":5}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part((number(r, "page")-1)*2, 2) + `]}`)
		}, 16},
		"offset": {`{"offset":"start","size":"limit","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), number(r, "limit")) + `]}`)
		}, 4},
		"offset from one": {`{"offset":"start","by":10,"first":1}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start")-1, 10) + `]}`)
		}, 4},
		"a target that gives less than asked for": {`{"offset":"start","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), 7) + `]}`)
		}, 5},
		"the same at once": {`{"offset":"start","by":10,"atOnce":4}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), 7) + `]}`)
		}, 1 + 4*4},
		"cursor": {`{"cursor":"c","from":"meta.next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			offset := number(r, "c")
			next := map[bool]string{true: `null`, false: fmt.Sprintf(`"%d"`, offset+10)}[offset == 20]
			return ok(`{"rows":[` + part(offset, 10) + `],"meta":{"next":` + next + `}}`)
		}, 3},
		"cursor in a header": {`{"cursor":"c","fromHeader":"X-Next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			a := ok(`{"rows":[` + part(number(r, "c"), 10) + `]}`)
			if number(r, "c") < 20 {
				a.Headers = append(a.Headers, abi.Field{Name: "x-next", Value: strconv.Itoa(number(r, "c") + 10)})
			}
			return a
		}, 3},
		"link":           {`{"link":true}`, func(r *abi.HTTPRequest) abi.HTTPAnswer { return link(r, "https://app.example/v4/users") }, 3},
		"link, relative": {`{"link":true}`, func(r *abi.HTTPRequest) abi.HTTPAnswer { return link(r, "/v4/users") }, 3},
		"next": {`{"next":"links.next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			offset := number(r, "o")
			next := map[bool]string{true: `""`, false: fmt.Sprintf(`"https://app.example/v4/users?o=%d"`, offset+10)}[offset == 20]
			return ok(`{"rows":[` + part(offset, 10) + `],"links":{"next":` + next + `}}`)
		}, 3},
		"last key": {`{"lastKey":"id_after","field":"id"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "id_after"), 10) + `]}`)
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paging := `,"paging":` + test.paging
			if test.paging == "{}" {
				paging = ""
			}
			app := &target{answer: test.answer}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows"`+paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(25))
			if len(app.asked) != test.requests {
				t.Errorf("asked %d times, want %d: %q", len(app.asked), test.requests, app.asked)
			}
		})
	}
}

// What a target does that does not page as the recipe says must never look like a
// list that ended.
func TestPagingThatGoesWrong(t *testing.T) {
	t.Parallel()
	same := func(more string) func(*abi.HTTPRequest) abi.HTTPAnswer {
		return func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(`{"rows":[` + users(1, 3) + `]` + more + `}`) }
	}
	fresh := func(more string) func(*abi.HTTPRequest) abi.HTTPAnswer {
		n := 0
		return func(*abi.HTTPRequest) abi.HTTPAnswer {
			n++
			return ok(`{"rows":[` + users(n, 1) + `]` + more + `}`)
		}
	}
	linked := func(url string) func(*abi.HTTPRequest) abi.HTTPAnswer {
		return func(*abi.HTTPRequest) abi.HTTPAnswer {
			a := ok(`{"rows":[` + users(1, 3) + `]}`)
			a.Headers = []abi.Field{{Name: "Link", Value: "<" + url + `>; rel="next"`}}
			return a
		}
	}
	for name, test := range map[string]struct {
		list   string
		answer func(*abi.HTTPRequest) abi.HTTPAnswer
		word   string
	}{
		"the page is ignored":         {`"paging":{"pages":"page","by":3}`, same(""), "begins with the same row"},
		"the offset is ignored":       {`"paging":{"offset":"o","by":3}`, same(""), "begins with the same row"},
		"the cursor stays":            {`"paging":{"cursor":"c","from":"n"}`, fresh(`,"n":"x"`), "read before"},
		"the URL stays":               {`"paging":{"next":"n"}`, fresh(`,"n":"/users?a=1"`), "read before"},
		"the key stays":               {`"paging":{"lastKey":"k","field":"id"}`, same(""), "same row"},
		"a row without the key":       {`"paging":{"lastKey":"k","field":"other"}`, same(""), "has no other"},
		"the URL leads elsewhere":     {`"paging":{"link":true}`, linked("https://app.example/admins?page=2"), "another path"},
		"the URL leads above":         {`"paging":{"link":true}`, linked("../users?page=2"), "another path"},
		"the URL is a word":           {`"paging":{"link":true}`, linked("CAESAg"), "another path than /users"},
		"the URL has a broken query":  {`"paging":{"link":true}`, linked("/users?a=%G1"), "cannot be read"},
		"the URL's host is too long":  {`"paging":{"link":true}`, linked("//" + strings.Repeat("a", abi.MaxNameBytes-1) + "/users?a=1"), "too long"},
		"fewer rows than told":        {`"total":"n"`, same(`,"n":4`), "there are 4 rows, and 3 came"},
		"no number of rows":           {`"total":"n"`, same(``), "no number of all rows"},
		"cut short":                   {`"incomplete":{"truncated":"true"}`, same(`,"truncated":true`), "cut short"},
		"an error document with rows": {`"onError":[{"status":"2xx","value":"error","present":true,"then":"ServerDown","message":"error.text"}]`, same(`,"error":{"text":"busy"}`), "busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows",`+test.list+`}}`), &target{answer: test.answer})
			_, _, err := imported(t, c, abi.Full, "")
			code := abi.UnexpectedData
			if name == "an error document with rows" {
				code = abi.ServerDown
			}
			wantError(t, err, code, test.word)
		})
	}
}

// A part of a list is none that a recipe without paging reads.
func TestPartsOfAList(t *testing.T) {
	t.Parallel()
	const pages = `,"paging":{"pages":"page","by":3}`
	for name, test := range map[string]struct {
		paging string
		status int
		header abi.Field
		word   string // of the error, if there is one
	}{
		"a list":                        {"", 200, abi.Field{}, ""},
		"206":                           {"", 206, abi.Field{}, "206, a part of the list"},
		"206, paged":                    {pages, 206, abi.Field{}, ""},
		"206 of all":                    {"", 206, abi.Field{Name: "Content-Range", Value: "users 0-2/3"}, ""},
		"206 of some":                   {"", 206, abi.Field{Name: "Content-Range", Value: "users 0-2/4"}, "206, a part of the list"},
		"206 from later on":             {"", 206, abi.Field{Name: "Content-Range", Value: "users 1-3/4"}, "206, a part of the list"},
		"206 of who knows how many":     {"", 206, abi.Field{Name: "Content-Range", Value: "users 0-2/*"}, "206, a part of the list"},
		"206 of bytes":                  {"", 206, abi.Field{Name: "Content-Range", Value: "bytes 0-2/3"}, "206, a part of the list"},
		"more by a header, paged":       {pages, 206, abi.Field{Name: "content-range", Value: "users 0-2/4"}, "there are 4 rows by Content-Range, and 3 came"},
		"more by a header, 200":         {"", 200, abi.Field{Name: "Content-Range", Value: "users 0-2/4"}, "there are 4 rows by Content-Range"},
		"as many by a header, paged":    {pages, 206, abi.Field{Name: "Content-Range", Value: "users 0-2/3"}, ""},
		"a number that is not known":    {pages, 206, abi.Field{Name: "Content-Range", Value: "users 0-2/*"}, ""},
		"a next page":                   {"", 200, abi.Field{Name: "Link", Value: `</users?page=2>; rel="next"`}, "write paging: {link: true}"},
		"a next page, paged by numbers": {pages, 200, abi.Field{Name: "Link", Value: `</users?page=2>; rel="next"`}, ""},
		"200 and 203":                   {"", 203, abi.Field{}, ""},
		"201, of a search by POST":      {"", 201, abi.Field{}, ""},
		"202":                           {"", 202, abi.Field{}, "202, which says neither that the list is there nor that it is whole"},
		"202, paged":                    {pages, 202, abi.Field{}, "202, which says neither"},
		"202 by a rule":                 {`},"errors":[{"status":202,"then":"ok"}],"read":{"request":"/users/{anchor}"`, 202, abi.Field{}, ""},
		"205":                           {"", 205, abi.Field{}, "205, which says neither"},
		"207":                           {"", 207, abi.Field{}, "207, which says neither"},
		"another link":                  {"", 200, abi.Field{Name: "Link", Value: `</style.css>; rel=preload`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				a := abi.HTTPAnswer{Status: test.status, Body: `[` + users(1, 3) + `]`, Headers: []abi.Field{test.header}}
				if number(r, "page") > 1 {
					a = ok(`[]`)
				}
				return a
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil || len(have) != 3 {
				t.Errorf("have %q and %v", have, err)
			}
		})
	}
}

// A list goes on while the target says so, and as long: over empty pages, and with no
// request behind the last.
func TestPagingByAWord(t *testing.T) {
	t.Parallel()
	page := func(rows, more string) string { return `{"rows":[` + rows + `],"meta":{` + more + `}}` }
	three := []string{page(users(1, 2), `"more":true,"next":"2"`), page("", `"more":true,"next":"3"`), page(users(3, 1), `"more":false,"next":"4"`)}
	for name, test := range map[string]struct {
		paging string
		pages  []string
		asked  int // 0: an error
		word   string
	}{
		"pages":            {`{"pages":"p","while":"meta.more"}`, three, 3, ""},
		"pages at once":    {`{"pages":"p","while":"meta.more","atOnce":2}`, three, 3, ""},
		"an offset":        {`{"offset":"o","first":0,"while":"meta.more"}`, []string{page(users(1, 2), `"more":1`), page(users(3, 1), `"more":0`)}, 2, ""},
		"a cursor":         {`{"cursor":"p","from":"meta.next","while":"meta.more"}`, three, 3, ""},
		"a last key":       {`{"lastKey":"p","field":"id","while":"meta.more"}`, []string{page(users(1, 2), `"more":"true"`), page(users(3, 1), `"more":"false"`)}, 2, ""},
		"pages until":      {`{"pages":"p","until":"meta.last"}`, []string{page(users(1, 2), `"last":false`), page("", `"last":"false"`), page(users(3, 1), `"last":true`)}, 3, ""},
		"a URL until":      {`{"next":"meta.next","until":"meta.last"}`, []string{page(users(1, 2), `"last":false,"next":"/users?p=2"`), page(users(3, 1), `"last":true,"next":"/users?p=3"`)}, 2, ""},
		"a URL while":      {`{"next":"meta.next","while":"meta.more"}`, []string{page(users(1, 2), `"more":1,"next":"/users?p=2"`), page(users(3, 1), `"more":0,"next":"/users?p=3"`)}, 2, ""},
		"no last":          {`{"pages":"p","until":"meta.last"}`, []string{page(users(1, 3), `"next":"2"`)}, 0, "there is no meta.last"},
		"not last, no URL": {`{"next":"meta.next","until":"meta.last"}`, []string{page(users(1, 3), `"last":false`)}, 0, "goes on by meta.last, and there is no next"},
		"the first alone":  {`{"pages":"p","while":"meta.more"}`, []string{page(users(1, 3), `"more":false`)}, 1, ""},
		"no word":          {`{"pages":"p","while":"meta.more"}`, []string{page(users(1, 3), `"next":"2"`)}, 0, "there is no meta.more"},
		// The page with null is asked for once more, to see that it is there.
		"null":              {`{"pages":"p","while":"meta.more"}`, []string{page(users(1, 2), `"more":"/users?p=2"`), page(users(3, 1), `"more":null`)}, 3, ""},
		"null, at the top":  {`{"pages":"p","while":"next\\.page"}`, []string{`{"rows":[` + users(1, 3) + `],"next.page":null}`}, 2, ""},
		"null, not at it":   {`{"pages":"p","while":"meta.more.yet"}`, []string{page(users(1, 3), `"more":null`)}, 0, "there is no meta.more.yet"},
		"null, not last":    {`{"pages":"p","until":"meta.last"}`, []string{page(users(1, 2), `"last":null`), page(users(3, 1), `"last":true`)}, 3, ""},
		"null, no cursor":   {`{"cursor":"p","from":"meta.next","until":"meta.last"}`, []string{page(users(1, 3), `"last":null`)}, 0, "there is no next cursor"},
		"no cursor":         {`{"cursor":"p","from":"meta.next","while":"meta.more"}`, []string{page(users(1, 3), `"more":true`)}, 0, "there is no next cursor"},
		"over, with a page": {`{"pages":"p","while":"meta.more","atOnce":2}`, []string{three[0], page("", `"more":false`), three[2]}, 0, "page 3, asked for side by side, has rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				n := max(number(r, "p"), 1)
				if query(r, "o") > "0" || strings.Contains(test.paging, "lastKey") && query(r, "p") != "" {
					n = 2
				}
				return ok(test.pages[min(n, len(test.pages))-1])
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.asked == 0 {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			if err != nil || len(app.asked) != test.asked {
				t.Errorf("have %v and %q, want %d requests", err, app.asked, test.asked)
			}
			wantLines(t, have, lines(3))
		})
	}
}

// The key of the last row leads to the next page if it is another in each row, and if the
// rows are sorted by it.
func TestKeysOfLastRows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, second string // keys of the rows of two pages
		word          string
	}{
		"rising":                 {"1,2", "10,11", ""},
		"falling":                {"11,10", "2,1", ""},
		"texts, by some order":   {`"b","a"`, `"é","c"`, ""},
		"numbers as texts":       {`"1","10"`, `"2","3"`, ""},
		"twice in a page":        {"1,1", "2,3", "two rows have one k, 1"},
		"twice over two pages":   {"1,2", "2,3", "two rows have one k, 2"},
		"texts twice":            {`"a","b"`, `"b","c"`, "two rows have one k, b"},
		"not sorted in a page":   {"1,3", "2,4", "3 is followed by 2"},
		"not sorted over two":    {"5,1", "2,9", "1 is followed by 2"},
		"begins with the last":   {"1,2", "2=2,3", ""},
		"sorted, and one lacked": {"1,null", "2,3", "has no k"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				keys, id := test.first, 1
				switch after := query(r, "after"); {
				case after == "":
				case strings.HasSuffix(test.second, strconv.Quote(after)), strings.HasSuffix(test.second, ","+after):
					return ok(`[]`)
				default:
					keys, id = test.second, 3
				}
				var rows []string
				for _, key := range strings.Split(keys, ",") {
					key, same, _ := strings.Cut(key, "=")
					row := fmt.Sprintf(`{"id":%d,"k":%s}`, id, key)
					if same != "" {
						row = fmt.Sprintf(`{"id":%s,"k":%s}`, same, key)
					}
					rows = append(rows, row)
					id++
				}
				return ok("[" + strings.Join(rows, ",") + "]")
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":{"lastKey":"after","field":"k"}}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A target may hand out its last page for every number behind it: where all rows came,
// that is the end.
func TestTargetsThatRepeatTheirLastPage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging, total string
		word          string // of the error, if there is one
	}{
		"all came":   {`{"pages":"p","by":2}`, "3", ""},
		"at once":    {`{"pages":"p","by":2,"atOnce":4}`, "3", ""},
		"not all":    {`{"pages":"p","by":2}`, "4", "begins with the same row"},
		"an offset":  {`{"offset":"o","by":2}`, "3", ""},
		"all and on": {`{"pages":"p","by":2}`, "2", "begins with the same row"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				rows := users(1, 2)
				if number(r, "p") > 1 || number(r, "o") > 1 {
					rows = users(3, 1)
				}
				return ok(`{"rows":[` + rows + `],"n":` + test.total + `}`)
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","total":"n","paging":`+test.paging+`}}`), app)
			have, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, have, lines(3))
		})
	}
}

// Pages that were asked for side by side are looked at before one ends the list.
func TestHolesBetweenPagesAtOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging string
		pages  []string
		word   string
	}{
		"an empty one in the middle": {`{"pages":"p","by":3,"atOnce":4}`, []string{users(1, 3), "", users(4, 3)}, "page 3, asked for side by side, has rows"},
		"a short one in the middle":  {`{"pages":"p","by":3,"short":true,"atOnce":4}`, []string{users(1, 3), users(4, 2), users(6, 3)}, "page 3, asked for side by side, has rows"},
		"empty ones at the end":      {`{"pages":"p","by":3,"atOnce":4}`, []string{users(1, 3), users(4, 3)}, ""},
		"an offset":                  {`{"offset":"o","by":3,"atOnce":4}`, []string{users(1, 3), "", users(4, 3)}, "page 3, asked for side by side, has rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				i := number(r, "o")/3 + max(number(r, "p")-1, 0)
				if i < len(test.pages) {
					return ok(`[` + test.pages[i] + `]`)
				}
				return ok(`[]`)
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":`+test.paging+`}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A target that always names another page is not followed for ever, and less so over
// empty ones.
func TestPagesWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		full  int // every so many pages there is a row; 0: never
		asked int
		word  string
	}{
		"empty ones":     {0, 1_001, "more than 1000 pages in a row are empty"},
		"as many, a row": {1_001, 100_001, "more than 100000 pages"},
		"one too many":   {1_002, 2*1_002 - 1, "more than 1000 pages in a row are empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
				n++
				row := ""
				if test.full > 0 && n%test.full == 0 || n == 1 && test.full > 0 {
					row = fmt.Sprintf(`["%d",null]`, n)
				}
				return abi.HTTPAnswer{Status: 200, Wanted: fmt.Sprintf(`{"values":["%d"],"rows":[%s]}`, n, row)}
			}}
			c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"rows","paging":{"cursor":"c","from":"n"}}}`), app)
			_, _, err := imported(t, c, abi.Full, "")
			if wantError(t, err, abi.UnexpectedData, test.word); n != test.asked {
				t.Errorf("asked %d times, want %d", n, test.asked)
			}
		})
	}
}

// One call reads few pages that bring nothing, for its time is bounded: the others
// follow in the next ones.
func TestPagesThatBringNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list, rows string // of each page but the last
		lookup     int    // pages of the lookup
		calls      []int  // pages asked for by each call
	}{
		"empty":           {"", "", 0, []int{8, 8, 4}},
		"left out":        {`"skip":{"name":"bot"},`, `{"id":"%d","name":"bot"}`, 0, []int{8, 8, 4}},
		"lookups":         {"", `{"id":"%d"}`, 9, []int{8, 2}},
		"lookups, exact":  {"", `{"id":"%d"}`, 8, []int{9}},
		"lookups, longer": {"", `{"id":"%d"}`, 30, []int{8, 8, 8, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, rows := 0, 0
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				asked++
				n := number(r, "c") + 1
				if r.Path == "/names" {
					return ok(fmt.Sprintf(`{"rows":[{"id":"%d","name":"x"}],"more":%v,"n":"%d"}`, n, n < test.lookup, n))
				}
				row := test.rows
				if strings.Contains(row, "%d") {
					row = fmt.Sprintf(row, n)
				}
				if n == 20 {
					row = `{"id":"20"}`
				}
				return ok(fmt.Sprintf(`{"rows":[%s],"more":%v,"n":"%d"}`, row, n < 20, n))
			}}
			const paging = `"paging":{"cursor":"c","from":"n","while":"more"}`
			convert, lookups := "", ""
			if test.lookup > 0 {
				convert = `"access":"read","convert":{"lookup":"names"}`
				lookups = `,"lookups":{"names":{"request":"/names","rows":"rows","key":"id","value":"name",` + paging + `}}`
			}
			c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"name":{`+convert+`}},
				"import":{"request":"/users","rows":"rows",`+test.list+paging+`}`+lookups+`}`), app)
			session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schemaOf(t, c)})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.calls {
				before := asked
				page, err := session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: 1000})
				if err != nil {
					t.Fatal(err)
				}
				if rows = len(page.Entries); asked-before != want || page.MoreToImport != (i < len(test.calls)-1 || test.lookup > 0) {
					t.Errorf("call %d asked for %d pages, want %d; more to import: %v", i+1, asked-before, want, page.MoreToImport)
				}
			}
			if rows != 1 {
				t.Errorf("the last call brought %d entries", rows)
			}
		})
	}
}
