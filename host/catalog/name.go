package catalog

import (
	"fmt"
	"strings"
)

const (
	maxName = 63
	// minDigest is the shortest beginning of a digest that names a version:
	// shorter ones are more likely a mistake than a wish.
	minDigest = 4
	digestLen = 64
)

// CheckName tells what is wrong with a connector's name: it is a path and a part
// of URLs, so it is a lower-case letter or digit, followed by at most 62 of
// these and hyphens.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || name[0] == '-' || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("%w %.80q: a connector's name is 1 to %d lower-case letters, digits and hyphens, and begins with no hyphen",
			ErrInvalidName, name, maxName)
	}
	return nil
}

// CheckDigest tells what is wrong with a digest or the beginning of one.
func CheckDigest(digest string) error {
	_, err := digestPrefix(digest)
	return err
}

// digestPrefix returns the beginning of a digest in canonical form.
func digestPrefix(digest string) (string, error) {
	d := strings.ToLower(strings.TrimPrefix(digest, "sha256:"))
	if len(d) < minDigest || len(d) > digestLen || strings.Trim(d, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%w: %.80q is no digest: give %d to %d hexadecimal digits", ErrInvalidName, digest, minDigest, digestLen)
	}
	return d, nil
}

// find returns the version whose digest begins with digest.
func (s *state) find(digest string) (stateVersion, error) {
	prefix, err := digestPrefix(digest)
	if err != nil {
		return stateVersion{}, err
	}
	var found []stateVersion
	for _, v := range s.Versions {
		if strings.HasPrefix(v.Digest, prefix) {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return stateVersion{}, fmt.Errorf("version %s is %w; there is %s", prefix, ErrNotFound, s.digests())
	case 1:
		return found[0], nil
	}
	return stateVersion{}, fmt.Errorf("%w: %s fits %d versions; give more digits", ErrAmbiguous, prefix, len(found))
}

// digests lists the versions for an error message.
func (s *state) digests() string {
	const most = 10
	var b strings.Builder
	for i, v := range s.Versions {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(s.Versions)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.Digest[:12])
	}
	return b.String()
}

func moduleFile(name, digest string) string { return name + "/" + digest + ".wasm" }
