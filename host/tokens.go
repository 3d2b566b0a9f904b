package host

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/filelock"
)

const (
	tokenFormat = 1
	// maxTokenFile is far more than hostfuncs.MaxTokenBytes take in JSON.
	maxTokenFile = 8 * hostfuncs.MaxTokenBytes
	// tokenPatience bounds the wait for a login of another process.
	tokenPatience = time.Minute
)

// FileTokens keeps the refresh tokens of a connector in a directory, a file for each
// token endpoint and source. A token is encrypted with a key that is made of the one
// it took the place of at first, the source's: the file is of no use without that,
// and counts for nothing once the source has another. Several connectors and
// processes may share a directory.
type FileTokens struct {
	dir, connector string
}

var _ hostfuncs.TokenStore = (*FileTokens)(nil)

// NewFileTokens returns the tokens that are kept for a connector in dir, which the
// first login makes, readable by its owner alone.
func NewFileTokens(dir, connector string) *FileTokens { return &FileTokens{dir, connector} }

// tokenFile is what is kept of one token, and for people whose it is.
type tokenFile struct {
	Format    int    `json:"format"`
	Connector string `json:"connector"`
	Endpoint  string `json:"endpoint"`
	Source    string `json:"source"`
	// Salt is fresh in each file. Of it and the first token come the key and Check,
	// which tells whether the first token is still the same.
	Salt  []byte `json:"salt"`
	Check []byte `json:"check"`
	// Token is encrypted.
	Token []byte `json:"token"`
}

// Renew locks the token's file, calls ask, and keeps what is new. It waits a minute
// for another process that does the same.
func (s *FileTokens) Renew(ctx context.Context, t hostfuncs.RefreshToken, ask func(kept string) (newest string)) error {
	digest := sha256.Sum256([]byte(t.Endpoint + "\x00" + t.Source))
	path := filepath.Join(s.dir, s.connector+"-"+hex.EncodeToString(digest[:8])+".token")
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer lock.Close()
	if err := filelock.Wait(ctx, lock, tokenPatience); err != nil {
		return fmt.Errorf("tokens: lock %s: %w", lock.Name(), err)
	}
	kept, err := s.read(path, t)
	if err != nil {
		return fmt.Errorf("tokens: %s: %w; put back a copy, or delete it to begin anew with the configured token", path, err)
	}
	newest := ask(kept)
	if newest == "" || newest == kept {
		return nil
	}
	if err := s.write(path, t, newest); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	return nil
}

// read returns the token that is kept in place of t.First; "" if there is none.
func (s *FileTokens) read(path string, t hostfuncs.RefreshToken) (string, error) {
	data, err := readLimited(path, maxTokenFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var f tokenFile
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		return "", err
	}
	if f.Format != tokenFormat {
		return "", fmt.Errorf("its format is %d and this program knows %d", f.Format, tokenFormat)
	}
	seal, check, err := tokenSeal(t.First, f.Salt)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare(check, f.Check) == 0 {
		return "", nil // the source has another token by now
	}
	token, err := seal.Open(nil, nil, f.Token, s.whose(t))
	if err != nil {
		return "", errors.New("it is damaged, or another connector's")
	}
	return string(token), nil
}

// write keeps a token in place of t.First.
func (s *FileTokens) write(path string, t hostfuncs.RefreshToken, token string) error {
	f := tokenFile{Format: tokenFormat, Connector: s.connector, Endpoint: t.Endpoint, Source: t.Source, Salt: make([]byte, sha256.Size)}
	rand.Read(f.Salt) // never fails: the process ends instead
	seal, check, err := tokenSeal(t.First, f.Salt)
	if err != nil {
		return err
	}
	f.Check, f.Token = check, seal.Seal(nil, nil, []byte(token), s.whose(t))
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return replaceFile(path, append(data, '\n'))
}

// whose is what a token belongs to, beside its first.
func (s *FileTokens) whose(t hostfuncs.RefreshToken) []byte {
	return []byte(s.connector + "\x00" + t.Endpoint + "\x00" + t.Source)
}

// tokenSeal returns what encrypts the token in place of first, and what tells first
// from any other without giving it away.
func tokenSeal(first string, salt []byte) (seal cipher.AEAD, check []byte, err error) {
	key, err := hkdf.Key(sha256.New, []byte(first), salt, "ecmabox: a refresh token that is kept", 48)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		return nil, nil, err
	}
	seal, err = cipher.NewGCMWithRandomNonce(block)
	return seal, key[32:], err
}

// forgetsTokens tells the targets whose refresh tokens are lost when a run ends,
// because the configuration names no place for them.
func forgetsTokens(c *config.Config) (targets []string) {
	if c.Tokens != "" {
		return nil
	}
	for _, t := range c.Targets {
		for _, credential := range t.Credentials {
			if o := credential.OAuth2; o != nil && o.Grant == hostfuncs.GrantRefreshToken {
				targets = append(targets, t.Name)
			}
		}
	}
	return targets
}
