package frame

// Foreign is the error for a connection that begins with another protocol, which it names.
type Foreign string

func (f Foreign) Error() string { return "looks like " + string(f) + ": this port speaks pzog" }

// ErrOpening is the error for a connection whose first bytes cannot begin a frame.
const ErrOpening Malformed = "not the beginning of a frame"

// Opening checks the first bytes of a connection. Bytes that cannot begin a frame are
// rejected at once, without waiting for the length that they seem to give. It returns nil
// if they may begin one: Split and Decode decide then. The error is Foreign or Malformed.
//
// A frame is its length and then a tag. The first frame of a connection begins with the tag
// of one of the four bodies.
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

// BeginsData reports whether body begins with Data, as nearly all Data bodies do. One that
// does not may still have Data after unknown fields.
func BeginsData(body []byte) bool { return body[0] == byte(DataKind)<<3|blob }

// openings has the first two bytes of protocols that people send to the wrong port. A third
// byte may not come. None of these pairs begins a frame.
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
