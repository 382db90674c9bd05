/// A user's name: 1 to 128 ASCII letters, digits and `. _ - @ +`.
///
/// A repository belongs to the user whose name is its first component; names that cannot be one own nothing.
package struct UserName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    /// nil unless `text` is a valid name.
    package init?(_ text: some StringProtocol) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        description = String(text)
    }

    /// What credentials are checked against that name nobody: it takes as long, and cannot succeed.
    package static let nobody = UserName(unchecked: "")

    private init(unchecked text: String) { description = text }

    /// Bytes, as every store sorts.
    package static func < (a: UserName, b: UserName) -> Bool {
        a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "@"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}
