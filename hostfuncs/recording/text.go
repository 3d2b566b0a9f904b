package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// message returns a message of the ABI as it travels.
func message(m abi.Message) (string, error) {
	var w wire.Writer
	abi.Encode(&w, m)
	return string(w.Bytes()), w.Err()
}

// object returns what is no message of the ABI on one line.
func object(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}

// travelling returns the answer of a call as the connector gets it, or the error
// that it gets because no such answer can travel.
func travelling(m abi.Message) (string, error) {
	text, err := message(m)
	const around = len(`{"result":}`)
	switch used := len(text) + around; {
	case err != nil:
		return "", abi.NewError(abi.HostFailure, "the host's answer is not UTF-8")
	case used > abi.MaxMessageBytes:
		return "", &abi.Error{Code: abi.LimitExceeded, Limit: "MaxMessageBytes", Used: int64(used), Allowed: abi.MaxMessageBytes}
	}
	return text, nil
}

// failureText is the part of a line that tells an error.
func failureText(err error) (string, error) {
	e := abi.AsError(err)
	if code := abi.CodeOf(err); e == nil && code != 0 {
		e = abi.NewError(code, err.Error())
	}
	if e == nil {
		text, err := object(err.Error())
		return `"failure":` + text, err
	}
	text, encoding := message(e)
	text = `"error":` + text
	if e.Side != abi.SideUnknown {
		text += `,"side":"` + e.Side.String() + `"`
	}
	if e.Op != "" {
		op, err := object(e.Op)
		text, encoding = text+`,"op":`+op, errors.Join(encoding, err)
	}
	return text, encoding
}

// err returns the error of a line, or nil.
func (f *failureLine) err() error {
	if f.Failure != "" {
		return errors.New(f.Failure)
	}
	if len(f.Error) == 0 {
		return nil
	}
	e := &abi.Error{Op: f.Op}
	if err := abi.Decode(string(f.Error), e, nil); err != nil {
		return err
	}
	for side := abi.SideGuest; side <= abi.SideCaller; side++ {
		if side.String() == f.Side {
			e.Side = side
		}
	}
	return e
}

// check tells what is wrong with the error of a line.
func (f *failureLine) check() error {
	if f.Failure != "" || len(f.Error) == 0 {
		return nil
	}
	if err := abi.Decode(string(f.Error), &abi.Error{}, nil); err != nil {
		return fmt.Errorf("its error is none: %w", err)
	}
	return nil
}
