import Foundation
import RegistryCore
import Synchronization
import Testing

@testable import Authentication

/// A temporary folder that goes with the value.
final class KeysFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/registryd-keys-\(UploadID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Where keys go; not there at first.
    var keys: String { "\(path)/token-keys" }

    /// The names of the keys' files.
    func keyFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: keys).filter { $0.hasSuffix(".pem") }.sorted()
    }

    /// Writes a file in it, and gives its path.
    @discardableResult
    func write(_ content: String, to name: String) throws -> String {
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}

/// A clock that stands still until it is set.
final class TokenClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ seconds: Int64) { time = Mutex(.seconds(seconds)) }

    var now: Timestamp {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    func advance(seconds: Int64) { now = now.after(seconds) }
}

extension Timestamp {
    static func seconds(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    func after(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }
}

/// A registry's tokens on keys of its own, and what it takes to forge them.
struct Tokens {
    static let realm = "registry.example.com"

    let folder: KeysFolder
    let clock = TokenClock(1_800_000_000)
    let keys: TokenKeys
    let tokens: AccessTokens

    init(capacity: Int = 100) throws {
        let clock = clock
        folder = try KeysFolder()
        keys = try TokenKeys(folder: folder.keys, now: { clock.now })
        tokens = AccessTokens(keys: keys, capacity: capacity, now: { clock.now })
    }

    /// For five minutes from now.
    func claims(_ change: (inout AccessTokenClaims) -> Void = { _ in }) -> AccessTokenClaims {
        var scope = Scope()
        scope.hasCatalog = true
        for text in ["repository:alice/app:pull,push", "repository:bob/secret:", "repository:alice/*:delete"] {
            let isAdded = scope.add(text)
            #expect(isAdded)
        }
        var claims = AccessTokenClaims(
            issuer: Self.realm, audience: Self.realm, subject: "alice", issued: clock.now, notBefore: clock.now,
            expires: clock.now.after(300), id: "one", access: scope, fingerprint: "0123456789abcdef", robot: "robot-7")
        change(&claims)
        return claims
    }

    func verify(_ token: String) throws(TokenError) -> AccessTokenClaims {
        try tokens.verify(token, audience: Self.realm)
    }

    /// Why a token does not count; nil: it does.
    func refusal(of token: String) -> TokenError.Reason? {
        do {
            _ = try verify(token)
            return nil
        } catch {
            return error.reason
        }
    }

    func rotate(keeping: Duration = .seconds(300)) throws -> TokenKeys.Rotation {
        try TokenKeys.rotate(folder: folder.keys, keeping: keeping, now: clock.now)
    }
}

/// A token with any header and payload, with a true signature.
func token(_ header: String, _ payload: String, by key: TokenKey) throws -> String {
    let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
    return signed + "." + Base64URL.encode(try key.signature(of: Array(signed.utf8)))
}

extension String {
    /// The decoded part of a token.
    func part(_ index: Int) throws -> [UInt8] {
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        return try #require(Base64URL.decode(parts[index].utf8))
    }

    func text(ofPart index: Int) throws -> String { String(decoding: try part(index), as: UTF8.self) }
}
