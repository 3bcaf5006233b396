package seal

// outside marks a byte that is not of the base64url alphabet (RFC 4648 5). Values of the alphabet are below 64.
const outside = 0xC0

// sextets maps a byte to its base64url value, or to outside.
var sextets = func() (table [256]byte) {
	for b := range table {
		table[b] = outside
	}
	for value, b := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		table[b] = byte(value)
	}
	return table
}()

// prefix returns how many bytes at the beginning of p are of the alphabet. It is where inspecting a large body spends
// its time: whole blocks are judged without a branch per byte, and only a block that fails is searched.
func prefix(p []byte) int {
	const block = 16
	done := 0
	for ; len(p)-done >= block; done += block {
		b := (*[block]byte)(p[done:])
		all := sextets[b[0]] | sextets[b[1]] | sextets[b[2]] | sextets[b[3]] |
			sextets[b[4]] | sextets[b[5]] | sextets[b[6]] | sextets[b[7]] |
			sextets[b[8]] | sextets[b[9]] | sextets[b[10]] | sextets[b[11]] |
			sextets[b[12]] | sextets[b[13]] | sextets[b[14]] | sextets[b[15]]
		if all&outside != 0 {
			break
		}
	}
	for ; done < len(p); done++ {
		if sextets[p[done]] == outside {
			break
		}
	}
	return done
}

// canonical reports whether a part of so many characters ending in last is the one spelling of its bytes: no single
// character left over, and no bits set behind the last byte (RFC 4648 3.5).
func canonical(length int64, last byte) bool {
	switch length % 4 {
	case 1:
		return false
	case 2:
		return sextets[last]&0x0F == 0
	case 3:
		return sextets[last]&0x03 == 0
	}
	return true
}
