import NIOCore
import Testing

@testable import RegistryCore

@Suite struct UploadMachineTests {
    let abc = ByteBuffer(string: "abc")
    let digestOfABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    func session(at offset: Int64 = 0, hashed: String = "") throws -> UploadSession {
        var hasher = ContentHasher(.sha256)
        hasher.update(ByteBuffer(string: hashed))
        return UploadSession(
            id: UploadID(), repository: try #require(RepositoryName("a/b")), backend: "disk", algorithm: .sha256,
            checkpoint: offset > 0 ? UploadCheckpoint(offset: offset) : nil, hashState: offset > 0 ? hasher.saved : [],
            created: Timestamp(milliseconds: 0), touched: Timestamp(milliseconds: 0))
    }

    func code(_ body: () throws -> Void) -> RegistryError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RegistryError)?.code
        }
    }

    @Test func `takes a chunk where the last one ended, and no other`() throws {
        let session = try session(at: 3, hashed: "abc")
        _ = try UploadMachine(session, .init(range: 3...5, length: 3), limit: 0)
        for range in [0...2, 2...5, 4...6] as [ClosedRange<Int64>] {
            do {
                _ = try UploadMachine(session, .init(range: range, length: nil), limit: 0)
                Issue.record("took \(range)")
            } catch let error as RegistryError {
                #expect(error.code == .chunkOutOfOrder)
                #expect(error.offset == 3)
            }
        }
    }

    @Test func `refuses a length that is not the range's`() throws {
        let session = try session()
        #expect(code { _ = try UploadMachine(session, .init(range: 0...2, length: 4), limit: 0) } == .sizeInvalid)
    }

    @Test(arguments: [Int64.max, Int64.max - 2])
    func `a length beyond all numbers is too large, not a crash`(length: Int64) throws {
        let session = try session(at: 3, hashed: "abc")
        #expect(code { _ = try UploadMachine(session, .init(length: length), limit: 0) } == .blobTooLarge)
        #expect(
            code { _ = try UploadMachine(session, .init(range: 3...(.max), length: nil), limit: 0) } == .blobTooLarge)
        let range: ClosedRange<Int64> = 0...(.max)
        #expect(
            code { _ = try UploadMachine(try self.session(), .init(range: range, length: length), limit: 0) }
                == .blobTooLarge)
    }

    @Test func `a length below zero is no length`() throws {
        #expect(code { _ = try UploadMachine(try session(), .init(length: -1), limit: 0) } == .sizeInvalid)
    }

    @Test func `refuses more bytes than announced, and fewer`() throws {
        var machine = try UploadMachine(try session(), .init(range: 0...1, length: nil), limit: 0)
        #expect(code { try machine.take(abc) } == .sizeInvalid)
        machine = try UploadMachine(try session(), .init(range: 0...3, length: nil), limit: 0)
        try machine.take(abc)
        #expect(code { try machine.endOfBody() } == .sizeInvalid)
    }

    @Test func `refuses more than the limit, at once if it is announced`() throws {
        let session = try session()
        #expect(code { _ = try UploadMachine(session, .init(length: 3), limit: 2) } == .blobTooLarge)
        var machine = try UploadMachine(session, .init(), limit: 2)
        #expect(code { try machine.take(abc) } == .blobTooLarge)
        _ = try UploadMachine(session, .init(length: 2), limit: 2)
    }

    @Test func `goes on hashing in the next request`() throws {
        var first = try UploadMachine(try session(), .init(), limit: 0)
        try first.take(ByteBuffer(string: "a"))
        try first.checkpointed(UploadCheckpoint(offset: 1), at: Timestamp(milliseconds: 5))
        first.saved()
        #expect(first.session.touched == Timestamp(milliseconds: 5))
        #expect(first.session.epoch == 1)
        let digest = try #require(Digest(digestOfABC))
        var second = try UploadMachine(first.session, .init(), closingAs: digest, limit: 0)
        guard case .resume(let plan, let checkpoint) = second.opening() else {
            Issue.record("began anew")
            return
        }
        #expect(plan.digest == digest)
        #expect(checkpoint.offset == 1)
        try second.take(ByteBuffer(string: "bc"))
        guard case .verified = second.close(as: digest) else {
            Issue.record("not verified")
            return
        }
    }

    @Test func `a checkpoint must be where the hash is`() throws {
        var machine = try UploadMachine(try session(), .init(), limit: 0)
        try machine.take(abc)
        #expect(
            code { try machine.checkpointed(UploadCheckpoint(offset: 2), at: Timestamp(milliseconds: 0)) } == .failed)
    }

    @Test func `tells a wrong digest from one of another algorithm`() throws {
        var machine = try UploadMachine(try session(), .init(), limit: 0)
        try machine.take(abc)
        let wrong = try #require(Digest("sha256:" + String(repeating: "0", count: 64)))
        guard case .mismatch(let actual) = machine.close(as: wrong) else {
            Issue.record("no mismatch")
            return
        }
        #expect(actual.description == digestOfABC)
        guard
            case .unhashed(let hashed) = machine.close(
                as: try #require(Digest("sha512:" + String(repeating: "0", count: 128))))
        else {
            Issue.record("hashed with sha512 out of nowhere")
            return
        }
        #expect(hashed.description == digestOfABC)
    }

    @Test func `nothing is stored under a digest of an algorithm that the bytes were not hashed with`() throws {
        let digest = try #require(Digest("sha512:" + String(repeating: "0", count: 128)))
        var machine = try UploadMachine(
            try session(at: 3, hashed: "abc"), .init(length: 0), closingAs: digest, limit: 0)
        guard case .resume(let plan, _) = machine.opening() else {
            Issue.record("began anew")
            return
        }
        #expect(plan.digest == nil)
        #expect(plan.length == 3)
        let hashed = try #require(Digest(digestOfABC))
        let isNew = machine.name(hashed)
        #expect(isNew && machine.session.digest == hashed)
        let isNewAgain = machine.name(hashed)
        #expect(!isNewAgain)
    }

    @Test func `hashes with the digest's algorithm when no byte came before it was known`() throws {
        let digest = try #require(Digest("sha512:" + String(repeating: "0", count: 128)))
        let machine = try UploadMachine(try session(), .init(), closingAs: digest, limit: 0)
        guard case .mismatch = machine.close(as: digest) else {
            Issue.record("not hashed with sha512")
            return
        }
    }

    @Test func `a hash state that it cannot read is an error, not a wrong digest`() throws {
        var session = try session(at: 3, hashed: "abc")
        session.hashState = [9, 9]
        #expect(code { _ = try UploadMachine(session, .init(), limit: 0) } == .failed)
    }
}

extension UploadMachine {
    fileprivate mutating func take(_ bytes: ByteBuffer) throws {
        try receive(bytes)
        var rest = bytes
        while hash(&rest) != nil {}
    }
}
