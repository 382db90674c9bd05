package import RegistryCore

/// An htpasswd file, and what was last read from it. Who wants a user's hash does not wait for a disk.
package final class HtpasswdFile: Sendable {
    package let path: String

    private enum Reading {
        case never
        case read(FileIdentity)
        /// There was one.
        case missing
    }
    /// Also keeps two refreshes apart.
    private let reading = Mutex(Reading.never)

    private struct Table {
        var users: [UserName: String] = [:]
        var hashes: [String] = []
    }
    private let table = Mutex(Table())

    /// Reads nothing yet.
    package init(path: String) { self.path = path }

    /// nil: the file has no such user.
    package func hash(of user: UserName) -> String? { table.withLock { $0.users[user] } }

    /// Of all users.
    package var hashes: [String] { table.withLock { $0.hashes } }

    /// Reads the file if it is not the one that was last read, and returns the complaints about it. nil: nothing has
    /// changed.
    ///
    /// A file that went away has no users any more, which is a complaint, once. Throws ``HtpasswdFileError`` for one
    /// that cannot be read, or was never there: what was read before stays, and the next call tries again.
    package func refresh() throws -> [String]? {
        try reading.withLock { reading in
            guard let found = try FileIdentity(path: path) else { return try missing(&reading) }
            if case .read(let identity) = reading, identity == found { return nil }
            // Gone in between: for the next call.
            guard let (bytes, identity) = try readFile(at: path) else { return try missing(&reading) }
            let content = Htpasswd(String(decoding: bytes, as: UTF8.self))
            let new = Table(users: content.users, hashes: content.users.sorted { $0.key < $1.key }.map(\.value))
            table.withLock { $0 = new }
            reading = .read(identity)
            return content.complaints
        }
    }

    private func missing(_ reading: inout Reading) throws -> [String]? {
        switch reading {
        case .never: throw HtpasswdFileError("\(path) does not exist")
        case .missing: return nil
        case .read:
            table.withLock { $0 = Table() }
            reading = .missing
            return ["\(path) does not exist any more: its users have no passwords now"]
        }
    }
}

/// Why an htpasswd file cannot be read.
package struct HtpasswdFileError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
