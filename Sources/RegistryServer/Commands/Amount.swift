import RegistryCore

/// Numbers as people read them.
enum Amount {
    /// `8.2 GiB`, `512 B`.
    static func bytes(_ count: Int64) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count)
        var units = ["KiB", "MiB", "GiB", "TiB"][...]
        var unit = "B"
        while value >= 1024, let next = units.popFirst() {
            value /= 1024
            unit = next
        }
        let tenths = Int64((value * 10).rounded())
        return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(Int64(value.rounded())) \(unit)"
    }

    /// `1,234`.
    static func count(_ number: Int) -> String { number.grouped }

    /// `1 blob`, `1,234 blobs`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `3 s`, `4 min 10 s`, `2 h 5 min`.
    static func time(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        default: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        }
    }
}
