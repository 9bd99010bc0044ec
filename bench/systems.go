package main

// The systems that are compared register themselves.
import (
	_ "xlattice.org/zog/bench/jetstream"
	_ "xlattice.org/zog/bench/nats"
	_ "xlattice.org/zog/bench/redis"
	_ "xlattice.org/zog/bench/relay"
	_ "xlattice.org/zog/bench/rsyslog"
)
