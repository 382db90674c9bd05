#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
package import RegistryCore

/// Others whose tokens count, with their public keys from files (JWK sets).
///
/// Making one and ``refresh()`` read files, nothing else does.
package final class OutsideIssuers: Sendable {
    package struct Source: Sendable, Hashable {
        /// As its tokens' `iss` says it.
        package var issuer: String
        /// Of its JWK set.
        package var path: String

        package init(issuer: String, path: String) {
            self.issuer = issuer
            self.path = path
        }
    }

    private struct Keys: Sendable {
        var content: [UInt8]
        var keys: OutsideKeys
    }

    private static let longestFile = 1 << 20

    private let sources: [Source]
    private let now: @Sendable () -> Timestamp
    private let known: Mutex<[String: Keys]>

    /// Blocks. Throws ``KeyFileError``.
    package init(_ sources: [Source], now: @escaping @Sendable () -> Timestamp = { .now }) throws {
        self.sources = sources
        self.now = now
        var known: [String: Keys] = [:]
        for source in sources {
            guard known[source.issuer] == nil else {
                throw KeyFileError("the issuer \(source.issuer) is there twice")
            }
            known[source.issuer] = try Self.read(source)
        }
        self.known = Mutex(known)
    }

    /// Looks whether the files have other content, and follows. Blocks. For one caller at a time.
    ///
    /// A set without keys, and a file that is not there any more, end what the issuer's keys have signed. Throws
    /// ``KeyFileError`` as long as there is a file that cannot be read, or is none: what it said before counts on; the other
    /// files are followed.
    ///
    /// - Returns: whether anything changed.
    package func refresh() throws -> Bool {
        var isChanged = false
        var failure: (any Error)?
        for source in sources {
            do {
                let before = known.withLock { $0[source.issuer]?.content }
                guard let next = try Self.read(source, unless: before) else { continue }
                known.withLock { $0[source.issuer] = next }
                isChanged = true
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return isChanged
    }

    /// Whether a token says that it is from one of them. That is all that is known of it then.
    package func isIssuer(of token: String) -> Bool {
        guard let parts = try? CompactToken(token) else { return false }
        return known.withLock { $0[parts.payload.iss] != nil }
    }

    /// What a token of one of them says that counts now.
    ///
    /// - Parameter audience: whom it has to be for, among others.
    package func verify(_ token: String, audience: String) throws(TokenError) -> AccessTokenClaims {
        let parts = try CompactToken(token)
        guard let keys = known.withLock({ $0[parts.payload.iss]?.keys }) else {
            throw TokenError(.wrongIssuer, "the token's issuer is not known here")
        }
        guard let algorithm = SignatureAlgorithm(rawValue: parts.header.alg) else {
            throw TokenError(.wrongAlgorithm, "the token is signed in a way that is not taken here")
        }
        try keys.key(parts.header.kid, algorithm).check(parts, algorithm)
        var claims = try parts.payload.claims(for: audience)
        // These two are ours to say.
        claims.fingerprint = ""
        claims.robot = nil
        try claims.check(at: now())
        return claims
    }

    private static func read(_ source: Source) throws(KeyFileError) -> Keys {
        let content = try KeyFile(source.path, O_RDONLY).content(atMost: longestFile)
        return Keys(content: content, keys: try OutsideKeys(json: content, path: source.path))
    }

    /// nil: the content is still that.
    private static func read(_ source: Source, unless before: [UInt8]?) throws(KeyFileError) -> Keys? {
        // Not by the time of the last change: two changes may have the same, and the files are small.
        guard let file = try KeyFile.openIfThere(source.path, O_RDONLY) else {
            return before == [] ? nil : Keys(content: [], keys: OutsideKeys())
        }
        let content = try file.content(atMost: longestFile)
        guard content != before else { return nil }
        return Keys(content: content, keys: try OutsideKeys(json: content, path: source.path, allowsNone: true))
    }
}
