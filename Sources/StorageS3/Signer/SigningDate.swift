import RegistryCore

/// A time as SigV4 writes it.
struct SigningDate: Sendable, Hashable {
    /// `20130524T000000Z`
    let stamp: String

    init(_ time: Timestamp) {
        let civil = CivilTime(time)
        var text: [UInt8] = []
        text.reserveCapacity(16)
        func append(_ number: Int, _ digits: Int) {
            var divisor = digits == 4 ? 1000 : 10
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
        append(civil.year, 4)
        append(civil.month, 2)
        append(civil.day, 2)
        text.append(UInt8(ascii: "T"))
        append(civil.secondOfDay / 3600, 2)
        append(civil.secondOfDay / 60 % 60, 2)
        append(civil.secondOfDay % 60, 2)
        text.append(UInt8(ascii: "Z"))
        stamp = String(decoding: text, as: UTF8.self)
    }

    /// `20130524`
    var day: Substring { stamp.prefix(8) }
}
