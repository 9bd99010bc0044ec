package report

// ours is the system whose figures are held to the bars.
const ours = "zog"

// LongTurns is how many turns with long texts are looked at for a link that falls out of
// its window.
const LongTurns = 20

// The works of latencies, as their About says them.
const (
	slowUnsynced = "200/s, acknowledged by the first host, not synced"
	fastUnsynced = "5000/s, acknowledged by the first host, not synced"
	slowSynced   = "200/s, acknowledged when synced on all hosts"
	fastSynced   = "5000/s, acknowledged when synced on all hosts"
)

// bars are what we aim at, in the order of the table. A ratio is the median of those of
// neighbouring turns in one run, but where two works are compared: there it is the quotient
// of medians.
var bars = []bar{
	{work: "flood, one client", beside: "relay", part: PartCompare, figure: rateTo("flood", Base), bar: atLeast(0.55), aim: atLeast(0.7)},
	{work: "flood, five clients", beside: "relay", part: PartCompare, figure: rateTo("five", Base), bar: atLeast(0.6)},
	{work: "flood, the better of one and five clients", beside: "NATS core, the same", part: PartPeers, figure: bestTo("nats", "flood", "five"), bar: atLeast(5)},
	{work: "window", beside: "relay", part: PartCompare, figure: rateTo("window", Base), bar: atLeast(0.65)},
	{work: "single", beside: "relay", part: PartCompare, figure: rateTo("single", Base), bar: atLeast(0.65)},
	{work: "single", beside: "Redis streams", part: PartPeers, figure: rateToPeer("single", "redis-streams"), bar: over(1)},
	{work: "first", beside: "relay", part: PartCompare, figure: rateTo("first", Base), bar: atLeast(0.75)},
	{work: "first", beside: "Redis streams", part: PartPeers, figure: rateToPeer("first", "redis-streams"), bar: over(1)},
	{work: "single1", beside: "relay", part: PartCompare, figure: rateTo("single1", Base), bar: atLeast(0.5), aim: atLeast(0.65)},
	{work: "single1", beside: "Redis streams", part: PartPeers, figure: rateToPeer("single1", "redis-streams"), bar: over(1)},
	{work: "single1", beside: "Redis pub/sub, which acknowledges from memory", part: PartPeers, figure: rateToPeer("single1", "redis-pubsub"), aim: over(1)},
	{work: "single1", beside: "RELP, which acknowledges from memory", part: PartPeers, figure: rateToPeer("single1", "rsyslog-relp"), aim: over(1)},
	{work: "p99 until in all logs at 200/s, not synced", beside: "relay", part: PartLatency, figure: loggedTo(slowUnsynced, Base), bar: atMost(1.5)},
	{work: "p99 until in all logs at 5,000/s, not synced", beside: "relay", part: PartLatency, figure: loggedTo(fastUnsynced, Base), bar: atMost(2)},
	{work: "p99 until in all logs at 200/s, synced", beside: "relay", part: PartLatency, figure: loggedTo(slowSynced, Base), bar: atMost(1.5)},
	{work: "p99 until in all logs at 5,000/s, synced", beside: "relay", part: PartLatency, figure: loggedTo(fastSynced, Base), bar: atMost(2)},
	{work: "first message after half a minute's rest", beside: "relay", part: PartIdle, figure: firstTo(Base), bar: atMost(1.2)},
	{work: "growth: 33 hosts", beside: "relay", part: PartGrowth, figure: grownTo("hosts", "33", Base), bar: atLeast(0.35)},
	{work: "1,000 clients: memory of the host, MiB", part: PartGrowth, figure: grownPeak("clients", "1000"), bar: under(48)},
	{work: "CPU s a million in a flood", beside: "relay", part: PartCompare, figure: processorTo("flood", Base), bar: atMost(1.9), aim: atMost(1.6)},
	{work: "texts of 500 bytes: turns of 20 in which a link falls out of its window", part: PartLong, figure: falls, bar: atMost(0)},
}
