package import RegistryCore

/// What an htpasswd file of Apache's says: lines of `user:hash`, of which those with a bcrypt hash count.
package struct Htpasswd: Sendable {
    /// The users and their hashes.
    package private(set) var users: [UserName: String] = [:]
    /// Of each line that does not count, its number and why. Hashes are not in it.
    package private(set) var complaints: [String] = []

    /// Over that, one check would take more than ten seconds; Apache's htpasswd makes none.
    private static let highestCost = 17

    package init(_ text: String) {
        // Also those whose line does not count: a password that the operator's eye takes for replaced must not be the
        // right one.
        var seen: Set<UserName> = []
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let line = Self.trimmed(Substring(bytes))
            if line.isEmpty || line.hasPrefix("#") { continue }
            do throws(Complaint) {
                // As for Apache, a further colon ends the hash; what comes after is anybody's.
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count >= 2 else { throw Complaint("it is not of the form user:hash") }
                guard let user = UserName(fields[0]) else { throw Complaint("it does not begin with a user's name") }
                guard seen.insert(user).inserted else { throw Complaint("\(user) has an earlier line, which counts") }
                users[user] = try Self.bcrypt(fields[1])
            } catch {
                complaints.append("line \(index + 1) does not count: \(error.reason)")
            }
        }
    }

    private struct Complaint: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// `$2y$`, a cost of two digits, `$`, then 22 characters of salt and 31 of hash.
    private static func bcrypt(_ hash: Substring) throws(Complaint) -> String {
        guard ["$2a$", "$2b$", "$2y$"].contains(where: { hash.hasPrefix($0) }) else {
            throw Complaint("the password is not hashed with bcrypt; set it with htpasswd -B")
        }
        let parts = hash.dropFirst().split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == 2, let cost = Int(parts[1]), cost >= 4,
            parts[2].utf8.count == 53, parts[2].utf8.allSatisfy(isDigit)
        else { throw Complaint("the bcrypt hash is damaged") }
        guard cost <= highestCost else { throw Complaint("the bcrypt hash has a cost over \(highestCost)") }
        return String(hash)
    }

    /// Of bcrypt's base64.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// Without the blanks around it, among them the carriage return of CRLF.
    private static func trimmed(_ line: Substring) -> Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
        guard let first = line.utf8.firstIndex(where: { !isBlank($0) }),
            let last = line.utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return line[first...last]
    }
}
