package frame

// Foreign says that a connection begins with another protocol than ours.
type Foreign string

func (f Foreign) Error() string { return "looks like " + string(f) + ": this port speaks pzog" }

// ErrOpening says that a connection begins with what can be no frame.
const ErrOpening Malformed = "not the beginning of a frame"

// Opening judges the first bytes of a connection: what can be the beginning of no frame is
// known by them, and need not be waited for. It is nil if they may be one, which Split
// and Decode then judge. The error is Foreign or Malformed.
//
// A frame is its length and then a tag. The first frame of a connection begins with the
// tag of one of the four bodies.
func Opening(b []byte) error {
	_, n, err := splitLength(b)
	if err != nil {
		return err
	}
	if n == 0 || len(b) == n {
		return nil
	}
	switch b[n] {
	case byte(KeepAlive)<<3 | blob, byte(Ack)<<3 | blob, byte(DataKind)<<3 | blob, byte(OkKind)<<3 | blob:
		return nil
	}
	if n == 1 {
		if name, ok := openings[[2]byte{b[0], b[1]}]; ok {
			return Foreign(name)
		}
	}
	return ErrOpening
}

// BeginsData tells whether the body of a frame begins with Data: nearly all that are Data
// do. One that does not may have it behind fields that are not known.
func BeginsData(body []byte) bool { return body[0] == byte(DataKind)<<3|blob }

// openings are the first two bytes of protocols that people send to the wrong port. More
// bytes would not come for sure, and none of these begins a frame.
var openings = map[[2]byte]string{
	{0x16, 0x03}: "TLS",
	{'S', 'S'}:   "SSH",
	{'G', 'E'}:   "HTTP", // GET
	{'H', 'E'}:   "HTTP", // HEAD
	{'P', 'O'}:   "HTTP", // POST
	{'P', 'U'}:   "HTTP", // PUT
	{'P', 'A'}:   "HTTP", // PATCH
	{'P', 'R'}:   "HTTP", // PRI, of HTTP/2
	{'D', 'E'}:   "HTTP", // DELETE
	{'O', 'P'}:   "HTTP", // OPTIONS
	{'C', 'O'}:   "HTTP", // CONNECT
	{'T', 'R'}:   "HTTP", // TRACE
}
