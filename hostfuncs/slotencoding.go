package hostfuncs

import (
	"crypto/rand"
	"crypto/sha1" // what SSHA is
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
)

// SlotEncoding says in which form a secret stands in a slot.
type SlotEncoding uint8

// The encodings. A salted hash has 16 random bytes of salt, the same for a
// placeholder each time it is filled in.
const (
	// EncodingPlain is the secret as it is.
	EncodingPlain SlotEncoding = 0
	// EncodingBase64 is standard base64 with padding.
	EncodingBase64 SlotEncoding = 1
	// EncodingUTF16LEQuoted is the base64 of the secret in double quotes and
	// UTF-16LE, as in Active Directory's unicodePwd.
	EncodingUTF16LEQuoted SlotEncoding = 2
	// EncodingSSHA, EncodingSSHA256 and EncodingSSHA512 are {SSHA}, {SSHA256} and
	// {SSHA512}, each with the base64 of hash and salt behind it.
	EncodingSSHA    SlotEncoding = 3
	EncodingSSHA256 SlotEncoding = 4
	EncodingSSHA512 SlotEncoding = 5
)

// String returns the encoding's name.
func (e SlotEncoding) String() string {
	names := [...]string{"plain", "base64", "utf16le_quoted", "ssha", "ssha256", "ssha512"}
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("SlotEncoding(%d)", uint8(e))
}

// MaxEncodedSecret is how long a secret may be that is encoded for a slot.
const MaxEncodedSecret = 4 << 10

const saltBytes = 16

// GeneratedMarker is what a connector writes, as a slot's whole value, where the host
// shall fill in a fresh random password: in a slot with Generate. Nobody is ever
// shown the password. Anywhere else in a request the marker is denied, since it would
// be the password.
const GeneratedMarker = "ecmagenerated"

// Generate says how the passwords are that the host makes. Slots of one request that
// say the same get the same password, so that one can repeat another.
type Generate struct {
	// Length is the number of characters; 0 means DefaultGeneratedLength.
	Length int
	// Upper, Lower, Digit and Sign are the classes that each password has at least
	// one character of, and no other. None of them means the first three.
	Upper, Lower, Digit, Sign bool
}

// The lengths of generated passwords.
const (
	DefaultGeneratedLength = 24
	MinGeneratedLength     = 12
	MaxGeneratedLength     = 128
)

// generatedName is what stands for a generated password in a dry run.
const generatedName = "generated password"

func checkSlotForm(c checker, s Slot) {
	if s.Encoding > EncodingSSHA512 {
		c.at("Encoding").wrong("%s is none", s.Encoding)
	}
	if (s.Encoding != EncodingPlain || s.Generate != nil) && s.Pointer == "" && s.Form == "" {
		c.wrong("Encoding and Generate belong to a Pointer or a Form")
	}
	if s.Generate != nil {
		if n := s.Generate.Length; n != 0 && (n < MinGeneratedLength || n > MaxGeneratedLength) {
			c.at("Generate.Length").wrong("it is from %d to %d; 0 means %d", MinGeneratedLength, MaxGeneratedLength, DefaultGeneratedLength)
		}
	}
}

// encoded puts a secret into the form that a slot wants. What comes out joins the
// redaction set.
func (l *lease) encoded(p *plan, s *slot, placeholder string, secret sealed) (sealed, *abi.Error) {
	if s.Encoding == EncodingPlain {
		return secret, nil
	}
	if len(secret.secret) > MaxEncodedSecret {
		return sealed{}, tooLong("encoded_secret", MaxEncodedSecret, "a secret is too long to be encoded for its slot")
	}
	text, ok := l.vault.encoded(placeholder, secret.secret, s.Encoding)
	if !ok {
		return sealed{}, misplaced(p.target, "the secret is not UTF-8 and cannot become UTF-16")
	}
	return sealed{secret.name, text}, nil
}

// encodedKey is what one salted hash is kept for.
type encodedKey struct {
	placeholder string
	encoding    SlotEncoding
}

// encoded returns the encoding of the secret behind a placeholder, the same each time.
// It reports false for a secret that cannot be encoded.
func (v *vault) encoded(placeholder, secret string, encoding SlotEncoding) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at := encodedKey{placeholder, encoding}
	if text, known := v.encodings[at]; known {
		return text, true
	}
	text, ok := encodeSecret(secret, encoding)
	if !ok {
		return "", false
	}
	if v.encodings == nil {
		v.encodings = map[encodedKey]string{}
	}
	at.placeholder = strings.Clone(placeholder) // it is a part of a request
	v.encodings[at] = text
	v.secrets.Add(text)
	if _, base64Text, found := strings.Cut(text, "}"); found {
		v.secrets.Add(base64Text)
	}
	return text, true
}

func encodeSecret(secret string, encoding SlotEncoding) (text string, ok bool) {
	switch encoding {
	case EncodingBase64:
		return base64.StdEncoding.EncodeToString([]byte(secret)), true
	case EncodingUTF16LEQuoted:
		if !utf8.ValidString(secret) {
			return "", false
		}
		var b []byte
		for _, unit := range utf16.Encode([]rune(`"` + secret + `"`)) {
			b = append(b, byte(unit), byte(unit>>8))
		}
		return base64.StdEncoding.EncodeToString(b), true
	case EncodingSSHA:
		return salted("{SSHA}", sha1.New(), secret), true
	case EncodingSSHA256:
		return salted("{SSHA256}", sha256.New(), secret), true
	case EncodingSSHA512:
		return salted("{SSHA512}", sha512.New(), secret), true
	}
	return secret, true
}

func salted(scheme string, h hash.Hash, secret string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails: the process ends instead
	h.Write([]byte(secret))
	h.Write(salt)
	return scheme + base64.StdEncoding.EncodeToString(append(h.Sum(nil), salt...))
}

// isFillable tells what a slot fills: a placeholder, or the marker.
func isFillable(text string) bool { return isPlaceholder(text) || text == GeneratedMarker }

// generate returns a password for a marker in one of slots: the same for a request
// each time its body is looked at.
func (l *lease) generate(p *plan, slots []*slot, place string) (sealed, *slot, string, *abi.Error) {
	for _, slot := range slots {
		if slot.Generate == nil {
			continue
		}
		rule := *slot.Generate
		if have, ok := p.generated[rule]; ok {
			s, _ := l.vault.open(have)
			return s, slot, have, nil
		}
		placeholder, err := l.vault.seal(generatedName, rule.password())
		if err != nil {
			return sealed{}, nil, "", err
		}
		if p.generated == nil {
			p.generated = map[Generate]string{}
		}
		p.generated[rule] = placeholder
		s, _ := l.vault.open(placeholder)
		return s, slot, placeholder, nil
	}
	return sealed{}, nil, "", misplaced(p.target, "%s is no slot on this path in which the host generates a password, and %s stands in it", place, GeneratedMarker)
}

// password returns a fresh one. Every password of the rule is as likely as any other
// that has its classes in the same places; the places are drawn at random.
func (g Generate) password() string {
	if !g.Upper && !g.Lower && !g.Digit && !g.Sign {
		g.Upper, g.Lower, g.Digit = true, true, true
	}
	n := g.Length
	if n == 0 {
		n = DefaultGeneratedLength
	}
	all, b := "", make([]byte, 0, n)
	for class, wanted := range map[string]bool{
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ": g.Upper, "abcdefghijklmnopqrstuvwxyz": g.Lower, "0123456789": g.Digit, "!#%+-.:=?@_~": g.Sign,
	} {
		if wanted {
			all += class
			b = append(b, class[below(len(class))])
		}
	}
	for len(b) < n {
		b = append(b, all[below(len(all))])
	}
	for i := len(b) - 1; i > 0; i-- {
		j := below(i + 1)
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// below returns a random number from 0 to n-1, n at most 256, each as likely as any
// other: bytes from the last, incomplete round of n are not taken.
func below(n int) int {
	var b [1]byte
	for {
		rand.Read(b[:]) // never fails: the process ends instead
		if i := int(b[0]); i < 256-256%n {
			return i % n
		}
	}
}
