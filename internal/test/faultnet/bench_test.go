package faultnet_test

import (
	"io"
	"net"
	"net/netip"
	"testing"

	"xlattice.org/zog/internal/test/faultnet"
	"xlattice.org/zog/internal/test/memnet"
)

// What a word and its answer cost, bare and through the package.
func BenchmarkAnswer(b *testing.B) {
	bare := memnet.New()
	n := faultnet.New(faultnet.Config{Base: faultnet.Base{Dial: bare.Dial, Listen: bare.Listen}})
	defer n.Close()
	judged := memnet.New()
	j := faultnet.New(faultnet.Config{
		Base:  faultnet.Base{Dial: judged.Dial, Listen: judged.Listen},
		Judge: func(faultnet.Event) faultnet.Action { return faultnet.Action{} },
	})
	defer j.Close()
	for name, base := range map[string]faultnet.Base{
		"bare":   {Dial: bare.Dial, Listen: bare.Listen},
		"plain":  {Dial: n.Join().Dial, Listen: n.Join().Listen},
		"judged": {Dial: j.Join().Dial, Listen: j.Join().Listen},
	} {
		b.Run(name, func(b *testing.B) { answers(b, base) })
	}
}

func answers(b *testing.B, base faultnet.Base) {
	at := netip.MustParseAddrPort("127.0.55.2:55551")
	l, err := base.Listen(at)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	near, err := base.Dial(b.Context(), netip.MustParseAddr("127.0.55.1"), at)
	if err != nil {
		b.Fatal(err)
	}
	defer near.Close()
	far, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	go func(far net.Conn) {
		defer far.Close()
		_, _ = io.Copy(far, far) // until it is closed
	}(far)
	word := framed(1, 500)
	for b.Loop() {
		if _, err := near.Write(word); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(near, word); err != nil {
			b.Fatal(err)
		}
	}
}
