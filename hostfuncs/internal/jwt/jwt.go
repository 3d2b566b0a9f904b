// Package jwt signs JSON Web Tokens (RFC 7519) as assertions.
package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
)

// The algorithms.
const (
	RS256 = "RS256"
	ES256 = "ES256"
	HS256 = "HS256"
)

// The reasons for which a key does not do. None shows the key.
var (
	ErrAlgorithm = errors.New("the algorithm is RS256, ES256 or HS256")
	ErrPEM       = errors.New("the key is no private key in PEM (PKCS #8, PKCS #1 or SEC 1), not encrypted")
	ErrRSA       = errors.New("RS256 needs an RSA key of at least 2048 bits")
	ErrECDSA     = errors.New("ES256 needs an elliptic key on P-256")
	ErrShort     = errors.New("HS256 needs a key of at least 32 bytes")
)

// Sign returns the compact form of a token with these claims. key is a private key
// in PEM, or the key itself for HS256; keyID may be empty.
func Sign(algorithm, key, keyID string, claims map[string]any) (string, error) {
	sign, err := signer(algorithm, key)
	if err != nil {
		return "", err
	}
	header := map[string]string{"alg": algorithm, "typ": "JWT"}
	if keyID != "" {
		header["kid"] = keyID
	}
	head, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := encode(head) + "." + encode(body)
	signature, err := sign([]byte(text))
	if err != nil {
		return "", err
	}
	return text + "." + encode(signature), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func signer(algorithm, key string) (func([]byte) ([]byte, error), error) {
	switch algorithm {
	case HS256:
		if len(key) < sha256.Size {
			return nil, ErrShort
		}
		return func(text []byte) ([]byte, error) {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write(text)
			return mac.Sum(nil), nil
		}, nil
	case RS256:
		private, err := parse(key)
		if err != nil {
			return nil, err
		}
		k, ok := private.(*rsa.PrivateKey)
		if !ok || k.N.BitLen() < 2048 {
			return nil, ErrRSA
		}
		return func(text []byte) ([]byte, error) {
			sum := sha256.Sum256(text)
			return rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
		}, nil
	case ES256:
		private, err := parse(key)
		if err != nil {
			return nil, err
		}
		k, ok := private.(*ecdsa.PrivateKey)
		if !ok || k.Curve != elliptic.P256() {
			return nil, ErrECDSA
		}
		return func(text []byte) ([]byte, error) {
			sum := sha256.Sum256(text)
			r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
			if err != nil {
				return nil, err
			}
			signature := make([]byte, 64)
			r.FillBytes(signature[:32])
			s.FillBytes(signature[32:])
			return signature, nil
		}, nil
	}
	return nil, ErrAlgorithm
}

// parse reads the first private key of a text in PEM.
func parse(key string) (any, error) {
	for rest := []byte(key); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, ErrPEM
		}
		var private any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			private, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			continue // certificates and parameters may stand beside it
		}
		if err != nil {
			return nil, ErrPEM
		}
		return private, nil
	}
}
