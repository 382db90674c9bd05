import Foundation
import RegistryCore
import Testing

@testable import Authentication

/// Two issuers, each with a key; `one` has the test's own, and `two` another.
struct Outside {
    static let audience = "registry.example.com"
    static let one = "https://one.example.com"
    static let two = "https://two.example.com"

    let folder: KeysFolder
    let clock = TokenClock(1_800_000_000)
    let key: TokenKey
    let other: TokenKey
    let issuers: OutsideIssuers

    init() throws {
        let clock = clock
        folder = try KeysFolder()
        key = try TokenKey(created: .seconds(1))
        other = try TokenKey(created: .seconds(2))
        let sources = [
            OutsideIssuers.Source(issuer: Self.one, path: try folder.write(Self.set([key]), to: "one.jwks")),
            OutsideIssuers.Source(issuer: Self.two, path: try folder.write(Self.set([other]), to: "two.jwks")),
        ]
        issuers = try OutsideIssuers(sources, now: { clock.now })
    }

    static func set(_ keys: [TokenKey]) throws -> String {
        String(decoding: try KeySet(keys).json, as: UTF8.self)
    }

    /// Good for five minutes; `members` are added.
    static func payload(_ issuer: String = one, _ members: String = #","access":[]"#) -> String {
        #"{"iss":"\#(issuer)","aud":"\#(audience)","sub":"alice","exp":1800000300\#(members)}"#
    }

    func token(_ payload: String = payload(), by key: TokenKey? = nil, header: String? = nil) throws -> String {
        let key = key ?? self.key
        let header = header ?? #"{"alg":"ES256","kid":"\#(key.kid)"}"#
        return try AuthenticationTests.token(header, payload, by: key)
    }

    /// Why a token does not count; nil: it does.
    func refusal(of token: String) -> TokenError.Reason? {
        issuers.refusal(of: token)
    }
}

extension OutsideIssuers {
    func refusal(of token: String) -> TokenError.Reason? {
        do {
            _ = try verify(token, audience: Outside.audience)
            return nil
        } catch {
            return error.reason
        }
    }

    /// One issuer with this JWK set.
    convenience init(_ folder: KeysFolder, _ set: String) throws {
        let path = try folder.write(set, to: "keys.jwks")
        try self.init([Source(issuer: Outside.one, path: path)], now: { .seconds(1_800_000_000) })
    }
}
