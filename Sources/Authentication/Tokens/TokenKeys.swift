package import RegistryCore

/// The keys that access tokens are signed with. The newest signs, all of them verify.
///
/// Making one and ``refresh()`` read files, nothing else does.
package final class TokenKeys: Sendable {
    private struct State: Sendable {
        /// Newest first.
        let keys: [TokenKey]
        let newest: TokenKey
        let byName: [String: TokenKey]

        init(_ keys: [TokenKey], in folder: KeyFolder) throws {
            guard let newest = keys.first else { throw KeyFileError("\(folder.path) holds no key") }
            self.keys = keys
            self.newest = newest
            byName = Dictionary(keys.map { ($0.kid, $0) }) { first, _ in first }
        }
    }

    private let folder: KeyFolder
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>

    /// Makes the folder and the first key if there is none; the folder above has to be there. Blocks.
    ///
    /// Throws ``KeyFileError``, also where one of the keys cannot be read.
    package init(folder path: String, now: @escaping @Sendable () -> Timestamp = { .now }) throws {
        let folder = KeyFolder(path)
        self.folder = folder
        self.now = now
        try folder.make()
        var (keys, failure) = try folder.keys()
        if let failure { throw failure }
        if keys.isEmpty { keys = try Self.first(in: folder, at: now()) }
        state = Mutex(try State(keys, in: folder))
    }

    /// Looks whether another process added or removed keys, and follows it. Blocks. For one caller at a time.
    ///
    /// Where all keys were removed it makes a new one: nobody's token counts any more, and everybody can get another.
    /// Throws ``KeyFileError`` as long as there is a key that cannot be read; it follows the other changes all the same.
    ///
    /// - Returns: whether anything changed.
    package func refresh() throws -> Bool {
        let before = state.withLock { $0.keys }
        var (keys, failure) = try folder.keys(known: before)
        if keys.isEmpty {
            if let failure { throw failure }
            keys = try Self.first(in: folder, at: now())
        }
        let isChanged = keys.map(\.fileName) != before.map(\.fileName)
        if isChanged {
            let next = try State(keys, in: folder)
            state.withLock { $0 = next }
        }
        if let failure { throw failure }
        return isChanged
    }

    /// The public keys as a JWK set (RFC 7517, section 5), in JSON.
    package var jwks: [UInt8] { get throws { try KeySet(state.withLock { $0.keys }).json } }

    var newest: TokenKey { state.withLock { $0.newest } }

    /// nil: there is no key of that name.
    func key(_ kid: String) -> TokenKey? { state.withLock { $0.byName[kid] } }

    private static func first(in folder: KeyFolder, at time: Timestamp) throws -> [TokenKey] {
        try folder.withLock {
            // Another process may have been faster.
            let (keys, failure) = try folder.keys()
            if let failure { throw failure }
            if !keys.isEmpty { return keys }
            let key = try TokenKey(created: time)
            try folder.add(key)
            return [key]
        }
    }
}
