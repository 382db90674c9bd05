import Foundation
import RegistryCore
import Testing

@testable import Authentication

struct TokenRotationTests {
    @Test func `after a rotation old tokens count, and new ones are signed with the new key`() throws {
        let tokens = try Tokens()
        let old = try tokens.tokens.sign(tokens.claims())
        tokens.clock.advance(seconds: 10)
        let rotation = try tokens.rotate()
        #expect(rotation.removed == [])
        #expect(try tokens.keys.refresh())
        #expect(try tokens.keys.refresh() == false)
        let new = try tokens.tokens.sign(tokens.claims())
        #expect(try new.text(ofPart: 0).contains(rotation.kid))
        #expect(try !old.text(ofPart: 0).contains(rotation.kid))
        #expect(tokens.refusal(of: old) == nil)
        #expect(tokens.refusal(of: new) == nil)
    }

    @Test func `two on one folder see each other's rotation at their next look`() throws {
        let here = try Tokens()
        let there = AccessTokens(
            keys: try TokenKeys(folder: here.folder.keys), now: { [clock = here.clock] in clock.now })
        here.clock.advance(seconds: 1)
        _ = try here.rotate()
        #expect(try here.keys.refresh())
        let token = try here.tokens.sign(here.claims())
        let error = #expect(throws: TokenError.self) { try there.verify(token, audience: Tokens.realm) }
        #expect(error?.reason == .unknownKey)
        #expect(try there.keys.refresh())
        #expect(try there.verify(token, audience: Tokens.realm).subject == "alice")
    }

    @Test func `a key goes when it has not signed for as long as tokens live`() throws {
        let tokens = try Tokens()
        let first = tokens.keys.newest.kid
        tokens.clock.advance(seconds: 1000)
        let second = try tokens.rotate().kid
        tokens.clock.advance(seconds: 299)
        let third = try tokens.rotate()
        #expect(third.removed == [])
        tokens.clock.advance(seconds: 1)
        let fourth = try tokens.rotate()
        #expect(fourth.removed == [first])
        let listed = try TokenKeys.list(folder: tokens.folder.keys)
        #expect(listed.map(\.kid) == [fourth.kid, third.kid, second])
        #expect(listed.map(\.signs) == [true, false, false])
        #expect(listed.first?.created == tokens.clock.now)
    }

    @Test func `tokens end with their key, also those that were verified before`() throws {
        let tokens = try Tokens()
        let seen = try tokens.tokens.sign(tokens.claims())
        let unseen = try tokens.tokens.sign(tokens.claims { $0.id = "two" })
        _ = try tokens.verify(seen)
        #expect(try tokens.tokens.remembered(seen, audience: Tokens.realm) != nil)
        let rotation = try tokens.rotate(keeping: .zero)
        #expect(rotation.removed.count == 1)
        // Nothing is read until the next look.
        #expect(tokens.refusal(of: seen) == nil)
        #expect(try tokens.keys.refresh())
        #expect(try tokens.tokens.remembered(seen, audience: Tokens.realm) == nil)
        #expect(tokens.refusal(of: seen) == .unknownKey)
        #expect(tokens.refusal(of: unseen) == .unknownKey)
    }

    @Test func `the new key signs even where the clock was set back`() throws {
        let tokens = try Tokens()
        tokens.clock.advance(seconds: -86_400)
        let rotation = try tokens.rotate()
        #expect(try tokens.keys.refresh())
        #expect(tokens.keys.newest.kid == rotation.kid)
    }

    @Test func `a rotation before the first start makes the first key`() throws {
        let folder = try KeysFolder()
        #expect(try TokenKeys.list(folder: folder.keys) == [])
        let rotation = try TokenKeys.rotate(folder: folder.keys, keeping: .zero, now: .seconds(5))
        #expect(rotation.removed == [])
        #expect(try TokenKeys(folder: folder.keys).newest.kid == rotation.kid)
    }

    @Test func `rotations at the same time lose no key`() async throws {
        let folder = try KeysFolder()
        let path = folder.keys
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try TokenKeys.rotate(folder: path, keeping: .seconds(60), now: .seconds(9)) }
            }
            try await group.waitForAll()
        }
        let created = try TokenKeys.list(folder: path).map(\.created.milliseconds)
        #expect(created == (9000..<9008).reversed())
    }

    @Test func `a rotation sweeps up what a stopped one left`() throws {
        let tokens = try Tokens()
        let draft = try tokens.folder.write("half a k", to: "token-keys/.5-b.pem.new")
        _ = try tokens.rotate()
        #expect(!FileManager.default.fileExists(atPath: draft))
    }

    @Test func `who removes all keys gets a new one`() throws {
        let tokens = try Tokens()
        let token = try tokens.tokens.sign(tokens.claims())
        let old = tokens.keys.newest
        try FileManager.default.removeItem(atPath: "\(tokens.folder.keys)/\(old.fileName)")
        #expect(try tokens.keys.refresh())
        #expect(tokens.keys.newest.kid != old.kid)
        #expect(tokens.refusal(of: token) == .unknownKey)
    }

    @Test func `a file that holds no key is an error at every look, and hides no other change`() throws {
        let tokens = try Tokens()
        try tokens.folder.write("no key", to: "token-keys/7-abc.pem")
        #expect(throws: KeyFileError.self) { try tokens.keys.refresh() }
        #expect(throws: KeyFileError.self) { try tokens.keys.refresh() }
        let old = tokens.keys.newest
        let key = try TokenKey(created: tokens.clock.now.after(1))
        try KeyFolder(tokens.folder.keys).add(key)
        try KeyFolder(tokens.folder.keys).remove(old)
        #expect(throws: KeyFileError.self) { try tokens.keys.refresh() }
        #expect(tokens.keys.newest.kid == key.kid)
        #expect(tokens.keys.key(old.kid) == nil)
        try FileManager.default.removeItem(atPath: "\(tokens.folder.keys)/7-abc.pem")
        #expect(try tokens.keys.refresh() == false)
    }

    @Test func `a folder that is gone is an error, and the keys stay`() throws {
        let tokens = try Tokens()
        let token = try tokens.tokens.sign(tokens.claims())
        try FileManager.default.removeItem(atPath: tokens.folder.keys)
        #expect(throws: KeyFileError.self) { try tokens.keys.refresh() }
        #expect(tokens.refusal(of: token) == nil)
    }
}
