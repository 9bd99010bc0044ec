package ringtest

import (
	"slices"
	"sync"
	"sync/atomic"
)

// list is a copy-on-write list: it is read often, without a lock, and seldom changed. The zero
// value is empty.
type list[T comparable] struct {
	mu  sync.Mutex
	now atomic.Pointer[[]T]
}

// all returns the present elements. The caller must not change the slice.
func (l *list[T]) all() []T {
	if all := l.now.Load(); all != nil {
		return *all
	}
	return nil
}

func (l *list[T]) add(x T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := append(slices.Clone(l.all()), x)
	l.now.Store(&all)
}

func (l *list[T]) remove(x T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(l.all()), func(other T) bool { return other == x })
	l.now.Store(&all)
}
