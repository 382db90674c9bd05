import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// What becomes of a session whose storage has lost bytes.
@Suite struct LostUploadTests {
    private let text = "abcdefghijklmnopqrstuvwxyz"

    private func part(_ range: Range<Int>) -> String { String(Array(text)[range]) }

    /// The offset that the error of `body` says the client is to go on from; nil: it does not fail like that.
    private func offset(_ body: () async throws -> Void) async -> Int64? {
        do {
            try await body()
            return nil
        } catch {
            let error = error as? RegistryError
            return error?.code == .chunkOutOfOrder ? error?.offset : nil
        }
    }

    /// A session that has the text before `end`, brought in pieces of `piece` bytes, `chunk` pieces a request.
    private func session(_ fixture: Fixture, to end: Int, piece: Int, chunk: Int = 2) async throws -> UploadID {
        let id = try await fixture.registry.startUpload(in: fixture.app).id
        let pieces = stride(from: 0, to: end, by: piece).map { part($0..<min($0 + piece, end)) }
        for start in stride(from: 0, to: pieces.count, by: chunk) {
            _ = try await fixture.registry.append(
                body(Array(pieces[start..<min(start + chunk, pieces.count)])), to: id, in: fixture.app)
        }
        return id
    }

    @Test func `without parts it begins again at 0, under the same id`() async throws {
        try await Fixture.with { fixture in
            let id = try await session(fixture, to: 10, piece: 5)
            fixture.storage.lose(id)
            #expect(
                await offset { _ = try await fixture.registry.append(body(["klm"]), to: id, in: fixture.app) } == 0)
            #expect(try await fixture.registry.upload(id, in: fixture.app).offset == 0)
            _ = try await fixture.registry.append(body([part(0..<10)]), to: id, in: fixture.app)
            try await fixture.registry.finish(
                body([part(10..<26)]), to: id, in: fixture.app, as: digest(of: text))
            #expect(try await fixture.registry.blob(digest(of: text), in: fixture.app).size == 26)
        }
    }

    /// Parts of 4 bytes; the pieces end before, at and behind the ends of parts, and some hold several.
    @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 12, 13], [1, 2, 5])
    func `it goes back to the last part's end, wherever pieces end`(_ piece: Int, _ chunk: Int) async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.partLength = 4 }
            for end in [4, 5, 8, 11, 16, 25] {
                let id = try await session(fixture, to: end, piece: piece, chunk: chunk)
                fixture.storage.lose(id)
                let kept = (end - 1) / 4 * 4
                let whole = digest(of: text + "\(end)-\(piece)-\(chunk)")
                #expect(
                    await offset {
                        try await fixture.registry.finish(body([]), to: id, in: fixture.app, as: whole)
                    } == Int64(kept), "\(end)")
                #expect(try await fixture.registry.upload(id, in: fixture.app).offset == Int64(kept))
                let rest = body([part(kept..<26), "\(end)-\(piece)-\(chunk)"])
                try await fixture.registry.finish(rest, to: id, in: fixture.app, as: whole)
                #expect(try await fixture.registry.blob(whole, in: fixture.app).size > 26)
            }
        }
    }

    @Test func `it may lose bytes again and again`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.partLength = 4 }
            let id = try await session(fixture, to: 7, piece: 7)
            for end in [9, 14, 23] {
                fixture.storage.lose(id)
                let from = await offset { _ = try await fixture.registry.append(body([]), to: id, in: fixture.app) }
                let start = try #require(from)
                let session = try await fixture.registry.append(
                    body([part(Int(start)..<end)]), to: id, in: fixture.app)
                #expect(session.offset == Int64(end))
            }
            try await fixture.registry.finish(body([part(23..<26)]), to: id, in: fixture.app, as: digest(of: text))
            #expect(try await fixture.registry.blob(digest(of: text), in: fixture.app).size == 26)
        }
    }

    @Test func `what is lost in the middle of a request is told at its end`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.partLength = 4 }
            let id = try await session(fixture, to: 9, piece: 9)
            fixture.storage.state.withLock { $0.losesOnCommit = true }
            #expect(
                await offset {
                    try await fixture.registry.finish(
                        body([part(9..<26)]), to: id, in: fixture.app, as: digest(of: text))
                } == 8)
            fixture.storage.state.withLock { $0.losesOnCommit = false }
            try await fixture.registry.finish(body([part(8..<26)]), to: id, in: fixture.app, as: digest(of: text))
            #expect(try await fixture.registry.blob(digest(of: text), in: fixture.app).size == 26)
        }
    }

    @Test func `a push of one request that is lost may be tried again, and leaves nothing`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.losesOnCommit = true }
            do {
                try await fixture.registry.push(body([text]), in: fixture.app, as: digest(of: text))
                Issue.record("took it")
            } catch {
                #expect(RegistryError(error).code == .unavailable)
            }
            let left = try await fixture.sessions()
            #expect(left.isEmpty)
        }
    }

    @Test func `a hash that is not the storage's offset's is not gone on with`() async throws {
        try await Fixture.with { fixture in
            fixture.storage.state.withLock { $0.partLength = 4 }
            let id = try await session(fixture, to: 11, piece: 11)
            var row = try await fixture.registry.upload(id, in: fixture.app)
            row.fallbackHash = [9, 9]
            #expect(try await fixture.registry.metadata.saveUpload(row))
            fixture.storage.lose(id)
            #expect(await offset { _ = try await fixture.registry.append(body([]), to: id, in: fixture.app) } == 0)
        }
    }
}
