package hostfuncs

import "net/http"

// MinScannedCookie is the length in bytes from which a cookie's value is looked for
// in answers; one that is HttpOnly from MinScannedSecret on. A shorter one is a
// setting, such as a language, that answers hold by chance.
const MinScannedCookie = 12

func isSecretCookie(c *http.Cookie) bool {
	return len(c.Value) >= MinScannedCookie || c.HttpOnly && len(c.Value) >= MinScannedSecret
}

// readCookies returns the cookies that an answer sets and that can be sent back.
func readCookies(header http.Header) []*http.Cookie {
	var cookies []*http.Cookie
	for _, line := range header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Valid() == nil {
			cookies = append(cookies, c)
		}
	}
	return cookies
}
