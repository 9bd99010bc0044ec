package zoglog

import (
	"context"
	"log/slog"
	"time"
)

// NewHandler returns a handler that writes each record as a line of slog.TextHandler, without its
// time: the host that takes the line notes the time.
//
//	2026-11-22T10:26:00Z LA.1k9x3z.42 level=INFO msg="the cellar door was opened" by=cat
//
// opts are those of slog.TextHandler, or nil. A record that is too long for a message is cut off.
func NewHandler(w *Writer, opts *slog.HandlerOptions) slog.Handler {
	return handler{slog.NewTextHandler(w, opts)}
}

// handler removes the times of records.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
