/// Lines of a log on their way out, as bytes. Everything is written by hand: at 50,000 lines a second an allocation a
/// field would cost more than the requests that the lines are about.
struct LogBuffer {
    var bytes: [UInt8] = []
    /// The second that ``appendTime(_:)`` has the text of.
    private var second: Int64 = .min
    private var secondText: [UInt8] = []

    var count: Int { bytes.count }

    mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Text that is known to be harmless: no quotes, no control characters.
    mutating func appendPlain(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ number: some FixedWidthInteger) {
        var rest = UInt64(number.magnitude)
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        if rest < 10 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest))
            return
        }
        let start = bytes.count
        while rest > 0 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        var low = start, high = bytes.count - 1
        while low < high {
            bytes.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    /// `0.123`: a duration in milliseconds, with its microseconds.
    mutating func appendMilliseconds(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000
        append(microseconds / 1000)
        append(UInt8(ascii: "."))
        appendThreeDigits(Int(microseconds % 1000).magnitude)
    }

    private mutating func appendThreeDigits(_ number: UInt) {
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number / 100))
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number / 10 % 10))
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    /// `2026-11-23T09:30:00.123Z`.
    mutating func appendTime(_ time: WallTime) {
        if time.seconds != second {
            second = time.seconds
            secondText = time.secondText
        }
        bytes.append(contentsOf: secondText)
        appendThreeDigits(UInt(time.nanoseconds / 1_000_000))
        append(UInt8(ascii: "Z"))
    }

    mutating func truncate(to count: Int) {
        bytes.removeLast(bytes.count - count)
    }

    /// Takes the bytes out, and goes on in `other`'s memory.
    mutating func exchange(with other: inout [UInt8]) {
        swap(&bytes, &other)
        bytes.removeAll(keepingCapacity: true)
    }
}
