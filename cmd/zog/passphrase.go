package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"xlattice.org/zog/internal/cli"
)

// envPassphrase is the environment variable with the passphrase of the CA's key.
const envPassphrase = "ZOG_TLS_PASSPHRASE"

// passphrase is where the passphrase of the CA's key comes from.
type passphrase struct {
	file string // empty is the environment, or else the terminal
	say  io.Writer
}

func (f *tlsFlags) pass(cmd *cobra.Command) *passphrase {
	return &passphrase{f.passphrase, cmd.ErrOrStderr()}
}

// given returns the passphrase of the file or of the environment; nil if there is none.
func (p *passphrase) given() ([]byte, error) {
	text := os.Getenv(envPassphrase)
	if p.file != "" {
		data, err := os.ReadFile(p.file)
		if err != nil {
			return nil, err
		}
		text, _, _ = strings.Cut(string(data), "\n")
		if text = strings.TrimSuffix(text, "\r"); text == "" {
			return nil, fmt.Errorf("%s: the first line is empty, and should be the passphrase", p.file)
		}
	}
	if text == "" {
		return nil, nil
	}
	return []byte(text), nil
}

// get returns the passphrase of a key that has one.
func (p *passphrase) get() ([]byte, error) {
	if text, err := p.given(); text != nil || err != nil {
		return text, err
	}
	return p.ask("Passphrase of the CA's key: ")
}

// choose returns the passphrase of a new key, which is asked for twice.
func (p *passphrase) choose() ([]byte, error) {
	first, err := p.ask("New passphrase of the CA's key: ")
	if err != nil {
		return nil, err
	}
	if len(first) == 0 {
		return nil, errors.New("the passphrase is empty")
	}
	second, err := p.ask("The same again: ")
	if err != nil {
		return nil, err
	}
	if string(first) != string(second) {
		return nil, errors.New("the passphrases differ")
	}
	return first, nil
}

// ask reads a line from the terminal without showing it.
func (p *passphrase) ask(prompt string) ([]byte, error) {
	if !cli.IsTerminal(os.Stdin) {
		return nil, errors.New("the key needs a passphrase, and there is no terminal to ask on: give --passphrase-file or $" + envPassphrase)
	}
	fmt.Fprint(p.say, prompt)
	line, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(p.say)
	return line, err
}
