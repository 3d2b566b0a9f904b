package draft

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// The names that many applications have for what paging needs.
var (
	sizeParams   = []string{"per_page", "page_size", "pagesize", "perpage", "limit", "count", "size", "max", "maxresults", "top", "$top", "sysparm_limit", "results", "first"}
	pageParams   = []string{"page", "page_number", "pagenumber", "page_no", "p"}
	offsetParams = []string{"offset", "start", "skip", "$skip", "startat", "startindex", "from", "sysparm_offset"}
	nextNames    = []string{"next", "next_page", "nextpage", "next_url", "nexturl", "nextlink", "@odata.nextlink", "next_link", "nextrecordsurl", hrefName}
	cursorNames  = []string{"next_cursor", "nextcursor", "cursor", "next_page_token", "nextpagetoken", "next_token", "nexttoken", "after", "endcursor", "end_cursor", "continuation"}
	currentNames = []string{"page", "current_page", "currentpage", "page_number", "pagenumber", "number"}
	pagesNames   = []string{"pages", "total_pages", "totalpages", "last_page", "lastpage", "page_count", "pagecount", "num_pages", "numpages"}
	moreNames    = []string{"has_more", "hasmore", "has_next", "hasnext", "hasnextpage", "has_next_page", "more"}
	totalNames   = []string{"total", "total_count", "total_size", "totalcount", "totalsize", "totalresults", "total_results", "count", "totalelements", "total_items", "size"}
)

// maxPageSize is the most rows of a page that a recipe asks for.
const maxPageSize = 100_000

// TotalHeaders are the headers in which applications say how many rows there are. Who
// asks for a Page needs to let them through.
var TotalHeaders = []string{"X-Total-Count", "X-Total"}

// paging tells how the next page is asked for, from what is surest to what is a
// guess: a Link header, a link or cursor in the body, the names of parameters.
func paging(p Page, root *node, rows int) Paging {
	asked := p.URL.Query()
	out := Paging{SizeParam: param(asked, sizeParams)}
	if size, err := strconv.Atoi(asked.Get(out.SizeParam)); err == nil && size > 0 && size <= maxPageSize {
		out.Size = size
	} else {
		out.SizeParam = "" // it is no size, and stays in the query as it is
	}
	next, _ := root.find(nextNames, func(n *node) bool { return strings.HasPrefix(n.text, "/") || strings.Contains(n.text, "://") })
	cursor, _ := root.find(cursorNames, func(n *node) bool { return n.kind != kindBool && n.text != "" })
	page, offset := param(asked, pageParams), param(asked, offsetParams)
	isNumber := func(n *node) bool { _, err := strconv.Atoi(n.text); return err == nil }
	current, now := root.find(currentNames, isNumber)
	pages, last := root.find(pagesNames, isNumber)
	more, going := root.find(moreNames, func(n *node) bool { return n.kind == kindBool })
	switch {
	case hasNextLink(p.Header.Values("Link")):
		out.Kind, out.Why = "link", `the answer has a Link header with rel="next"`
		out.Place = cmp.Or(page, offset, param(asked, cursorNames))
	case next != "":
		out.Kind, out.From, out.Why = "next", next, "the answer holds the next page's address at "+next
		out.Place = cmp.Or(page, offset, param(asked, cursorNames))
	case cursor != "":
		out.Kind, out.From, out.Why = "cursor", cursor, "the answer holds a cursor at "+cursor
		out.Param = strings.ToLower(cursor[strings.LastIndexByte(cursor, '.')+1:])
		out.Param = strings.TrimPrefix(out.Param, "next_")
		if !asked.Has(out.Param) {
			out.Why += "; the parameter's name is a guess"
		}
	case page != "":
		out.Kind, out.Param, out.Why = "page", page, "you asked for "+page+"="+asked.Get(page)
		out.first(asked.Get(page), now, 1, "pages")
	case offset != "":
		out.Kind, out.Param, out.Why = "offset", offset, "you asked for "+offset+"="+asked.Get(offset)
		out.first(asked.Get(offset), "", 0, "rows")
	case pages != "" || current != "" && more != "":
		out.Kind, out.Param = "page", "page"
		out.Why = "the answer tells of pages at " + cmp.Or(pages, more) + "; the parameter's name is a guess"
		out.first("", now, 1, "pages")
	case more != "":
		out.Why = "the answer says at " + more + " whether there is more, and not how that is asked for"
	}
	if slices.Contains([]string{"page", "offset", "cursor"}, out.Kind) {
		out.While = more
	}
	count, err := strconv.Atoi(last)
	goesOn := out.Kind == "link" || out.Kind == "next" || out.Kind == "cursor" || going == "true" || err == nil && count > 1
	out.total(p.Header, root, rows, goesOn || page != "" || offset != "" || out.SizeParam != "")
	return out
}

// first sets the number of the first page or row: from the one that was asked for, else
// from the one that the answer, which nobody asked another page of, says of itself.
// usual stands where neither tells.
func (p *Paging) first(asked, answered string, usual int, what string) {
	p.First = usual
	lowest := "is the first where " + what + " are counted from "
	switch {
	case asked == "0" || asked == "" && answered == "0":
		p.First = 0
	case asked == "" && answered == "1":
		p.First = 1
	case asked == "1" && answered == "0":
		p.First = 1 // counted from 1 in what is asked for alone
	case asked == "1":
		p.First = 1
		p.Check = append(p.Check, "first: 1 "+lowest+"1; where they are counted from 0 it leaves out what comes before: write first: 0 then")
	default:
		p.Check = append(p.Check, "first is a guess: 0 "+lowest+"0, 1 where they are counted from 1")
	}
}

// total finds the number of all rows. One that is as many as the rows of this page is
// taken only if nothing says that there may be more: it may be of the page.
func (p *Paging) total(h http.Header, root *node, rows int, more bool) {
	is := func(good func(int) bool) bool {
		fits := func(text string) bool { count, err := strconv.Atoi(text); return err == nil && good(count) }
		p.Total, _ = root.find(totalNames, func(n *node) bool { return fits(n.text) })
		if i := slices.IndexFunc(TotalHeaders, func(name string) bool { return fits(h.Get(name)) }); i >= 0 && p.Total == "" {
			p.TotalHeader = TotalHeaders[i]
		}
		return p.Total != "" || p.TotalHeader != ""
	}
	if is(func(count int) bool { return count > rows }) || more {
		return
	}
	if is(func(count int) bool { return count == rows }) {
		p.Check = append(p.Check, "total is as many as the rows of this one page: leave it out if it does not count the rows of all pages")
	}
}

// param returns the query parameter that bears one of the names.
func param(asked url.Values, names []string) string {
	for _, name := range names {
		for have := range asked {
			if strings.EqualFold(have, name) {
				return have
			}
		}
	}
	return ""
}

// hasNextLink reports whether a Link header (RFC 8288) names a next page.
func hasNextLink(values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		lower := strings.ReplaceAll(strings.ToLower(v), " ", "")
		return strings.Contains(lower, `rel="next"`) || strings.Contains(lower, "rel=next")
	})
}

// find returns the path and the text of the first value outside of lists that bears
// one of the names and is good; the names' order counts more than the document's.
func (n *node) find(names []string, good func(*node) bool) (path, text string) {
	for _, name := range names {
		if path, text = n.named(name, "", 0, good); path != "" {
			break
		}
	}
	return path, text
}

// hrefName is what HAL calls the address of a link, whose kind is the name around it.
const hrefName = "href"

// isNextLink says whether a path leads to a link to a next page, by its last name.
func isNextLink(path string) bool {
	return strings.HasPrefix(strings.ToLower(path[strings.LastIndexByte(path, '.')+1:]), "next")
}

func (n *node) named(name, path string, depth int, good func(*node) bool) (found, text string) {
	if n.kind != kindObject || depth > maxDepth || len(path) > abi.MaxWantPath-2*len(name)-1 {
		return "", ""
	}
	for i, key := range n.keys {
		item := n.items[i]
		if strings.EqualFold(key, name) && (name != hrefName || isNextLink(path)) && (item.kind == kindString || item.kind == kindNumber || item.kind == kindBool) && good(item) {
			return join(path, key), item.text
		}
	}
	for i, key := range n.keys {
		if key == "" {
			continue // no path leads there
		}
		if found, text = n.items[i].named(name, join(path, key), depth+1, good); found != "" {
			return found, text
		}
	}
	return "", ""
}
