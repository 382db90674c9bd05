package import RegistryCore

extension TokenKeys {
    /// A key as people see it.
    package struct Listing: Sendable, Hashable {
        package var kid: String
        package var created: Timestamp
        /// New tokens are signed with it; otherwise it only verifies those that it signed.
        package var signs: Bool
    }

    package struct Rotation: Sendable, Hashable {
        /// The new key.
        package var kid: String
        /// Those that were removed.
        package var removed: [String]
    }

    /// The keys in a folder, newest first; none where there is no folder. Blocks. Throws ``KeyFileError``.
    package static func list(folder path: String) throws -> [Listing] {
        let folder = KeyFolder(path)
        guard folder.exists else { return [] }
        let (keys, failure) = try folder.keys()
        if let failure { throw failure }
        return keys.enumerated().map { Listing(kid: $1.kid, created: $1.created, signs: $0 == 0) }
    }

    /// Makes a new key, which signs from now on, and removes those that have not signed for longer than `keeping`. Blocks.
    /// Throws ``KeyFileError``.
    ///
    /// - Parameter keeping: as long as tokens live, so that nobody is logged out, and a little more: a server signs with the
    ///   old key until it looks again. Zero removes all others, for when one got into wrong hands.
    package static func rotate(folder path: String, keeping: Duration, now: Timestamp) throws -> Rotation {
        let folder = KeyFolder(path)
        try folder.make()
        return try folder.withLock {
            let (old, failure) = try folder.keys()
            if let failure { throw failure }
            // The newest even where the clock was set back.
            let time = old.first.map { max(now, Timestamp(milliseconds: $0.created.milliseconds + 1)) } ?? now
            let key = try TokenKey(created: time)
            try folder.add(key)
            var rotation = Rotation(kid: key.kid, removed: [])
            var successor = key
            for key in old {
                if time.milliseconds - successor.created.milliseconds >= keeping.wholeMilliseconds {
                    try folder.remove(key)
                    rotation.removed.append(key.kid)
                }
                successor = key
            }
            return rotation
        }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
