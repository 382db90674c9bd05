/// A Content-Range header of a satisfied range: `bytes 0-499/1234`.
struct ContentRange: Sendable, Hashable {
    var range: Range<Int64>
    /// nil: the server does not say (`*`).
    var size: Int64?

    /// nil: it is not of that form.
    init?(_ text: String) {
        let text = text.drop { $0 == " " }
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]), first >= 0, first <= last,
            last < .max
        else { return nil }
        range = first..<last + 1
        if parts[1] != "*" {
            guard let size = Int64(parts[1]), size > last else { return nil }
            self.size = size
        }
    }
}
