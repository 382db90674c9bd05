/// A line that is typed without being shown, byte by byte: what the keys do that end, take back or give up.
struct HiddenLine {
    enum Outcome: Sendable, Hashable {
        case complete
        case givenUp
    }

    private(set) var bytes: [UInt8] = []

    /// nil: it goes on.
    mutating func take(_ byte: UInt8) -> Outcome? {
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return .complete
        // Ctrl-C, Ctrl-\ and Ctrl-Z, which are no signals while a password is typed.
        case 0x03, 0x1c, 0x1a: return .givenUp
        // Ctrl-D ends a line that has begun.
        case 0x04: return bytes.isEmpty ? .givenUp : .complete
        // Backspace takes a whole character back.
        case 0x08, 0x7f:
            while let last = bytes.popLast(), last & 0xc0 == 0x80 {}
        // Ctrl-U takes all back.
        case 0x15: bytes.removeAll()
        default: bytes.append(byte)
        }
        return nil
    }
}
