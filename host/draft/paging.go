package draft

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The names that many applications have for what paging needs.
var (
	sizeParams   = []string{"per_page", "page_size", "pagesize", "perpage", "limit", "count", "size", "max", "maxresults", "top", "$top", "sysparm_limit", "results", "first"}
	pageParams   = []string{"page", "page_number", "pagenumber", "page_no", "p"}
	offsetParams = []string{"offset", "start", "skip", "$skip", "startat", "startindex", "from", "sysparm_offset"}
	nextNames    = []string{"next", "next_page", "nextpage", "next_url", "nexturl", "nextlink", "@odata.nextlink", "next_link", "href"}
	cursorNames  = []string{"next_cursor", "nextcursor", "cursor", "next_page_token", "nextpagetoken", "next_token", "nexttoken", "after", "endcursor", "end_cursor", "continuation"}
	currentNames = []string{"page", "current_page", "currentpage", "page_number", "pagenumber", "number"}
	pagesNames   = []string{"pages", "total_pages", "totalpages", "last_page", "lastpage", "page_count", "pagecount", "num_pages", "numpages"}
	moreNames    = []string{"has_more", "hasmore", "has_next", "hasnext", "hasnextpage", "has_next_page", "more"}
	totalNames   = []string{"total", "total_count", "total_size", "totalcount", "totalsize", "totalresults", "total_results", "count", "totalelements", "total_items", "size"}
)

// TotalHeaders are the headers in which applications say how many rows there are. Who
// asks for a Page needs to let them through.
var TotalHeaders = []string{"X-Total-Count", "X-Total"}

// paging tells how the next page is asked for, from what is surest to what is a
// guess: a Link header, a link or cursor in the body, the names of parameters.
func paging(p Page, root *node, rows int) Paging {
	asked := p.URL.Query()
	out := Paging{SizeParam: param(asked, sizeParams)}
	out.Size, _ = strconv.Atoi(asked.Get(out.SizeParam))
	isTotal := func(text string) bool { count, err := strconv.Atoi(text); return err == nil && count >= rows }
	out.Total = root.find(totalNames, func(n *node) bool { return isTotal(n.text) })
	if i := slices.IndexFunc(TotalHeaders, func(name string) bool { return isTotal(p.Header.Get(name)) }); i >= 0 && out.Total == "" {
		out.TotalHeader = TotalHeaders[i]
	}
	next := root.find(nextNames, func(n *node) bool { return strings.HasPrefix(n.text, "/") || strings.Contains(n.text, "://") })
	cursor := root.find(cursorNames, func(n *node) bool { return n.kind != kindBool && n.text != "" })
	page, offset := param(asked, pageParams), param(asked, offsetParams)
	isNumber := func(n *node) bool { _, err := strconv.Atoi(n.text); return err == nil }
	current, pages := root.find(currentNames, isNumber), root.find(pagesNames, isNumber)
	more := root.find(moreNames, func(n *node) bool { return n.kind == kindBool })
	switch {
	case hasNextLink(p.Header.Values("Link")):
		out.Kind, out.Why = "link", `the answer has a Link header with rel="next"`
	case next != "":
		out.Kind, out.From, out.Why = "next", next, "the answer holds the next page's address at "+next
	case cursor != "":
		out.Kind, out.From, out.Why = "cursor", cursor, "the answer holds a cursor at "+cursor
		out.Param = strings.ToLower(cursor[strings.LastIndexByte(cursor, '.')+1:])
		out.Param = strings.TrimPrefix(out.Param, "next_")
	case page != "":
		out.Kind, out.Param, out.Why = "page", page, "you asked for "+page+"="+asked.Get(page)
	case offset != "":
		out.Kind, out.Param, out.Why = "offset", offset, "you asked for "+offset+"="+asked.Get(offset)
	case pages != "" || current != "" && more != "":
		out.Kind, out.Param = "page", "page"
		out.Why = "the answer tells of pages at " + cmp.Or(pages, more) + "; the parameter's name is a guess, and so is the first page's number"
	case more != "":
		out.Why = "the answer says at " + more + " whether there is more, and not how that is asked for"
	}
	if slices.Contains([]string{"page", "offset", "cursor"}, out.Kind) {
		out.While = more
	}
	return out
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

// find returns the path of the first value outside of lists that bears one of the
// names and is good; the names' order counts more than the document's.
func (n *node) find(names []string, good func(*node) bool) string {
	for _, name := range names {
		if path := n.named(name, "", 0, good); path != "" {
			return path
		}
	}
	return ""
}

func (n *node) named(name, path string, depth int, good func(*node) bool) string {
	if n.kind != kindObject || depth > maxDepth {
		return ""
	}
	for i, key := range n.keys {
		item := n.items[i]
		if strings.EqualFold(key, name) && (item.kind == kindString || item.kind == kindNumber || item.kind == kindBool) && good(item) {
			return join(path, key)
		}
	}
	for i, key := range n.keys {
		if found := n.items[i].named(name, join(path, key), depth+1, good); key != "" && found != "" {
			return found
		}
	}
	return ""
}
